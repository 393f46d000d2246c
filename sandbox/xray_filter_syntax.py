"""The language of X-Ray's filter expressions: text → `Expression`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

Keywords and the words between them may be written in either case, as AWS's own examples are (`responseTime`, `and`);
annotation keys may not. Two expressions side by side are joined by AND (`ok !partial duration <3`), and AND binds
tighter than OR. There is no word for `!`.
"""

import re
from dataclasses import dataclass
from typing import Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError


class FilterExpressionError(ValueError):
    """An expression that is wrong, or asks for what is not done here. `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"Invalid filter expression: {message} at position {position}")
        self.message = message
        self.position = position


@dataclass(frozen=True)
class Keyword:
    """A keyword in lower case, such as `http.url`; or `annotation`, with the annotation's key."""

    name: str
    position: int
    annotation: str | None = None


@dataclass(frozen=True)
class Comparison:
    keyword: Keyword
    operator: str
    """`=`, `!=`, `<`, `<=`, `>`, `>=`, `CONTAINS`, `BEGINSWITH` or `ENDSWITH`."""
    value: bool | float | str


@dataclass(frozen=True)
class Set:
    """The keyword alone: true if it is set, and, if it is boolean, true."""

    keyword: Keyword


@dataclass(frozen=True)
class Not:
    operand: "Expression"


@dataclass(frozen=True)
class And:
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Or:
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class ServiceId:
    """A node of the service map; what is None may be anything."""

    name: str | None = None
    type: str | None = None
    account_id: str | None = None


@dataclass(frozen=True)
class ServiceFilter:
    service: ServiceId
    filter: "Expression | None"


@dataclass(frozen=True)
class EdgeFilter:
    source: ServiceId
    destination: ServiceId
    filter: "Expression | None"


Expression = Comparison | Set | Not | And | Or | ServiceFilter | EdgeFilter

_GRAMMAR: Final = r"""
?start: disjunction
?disjunction: conjunction
            | disjunction _OR conjunction -> either
?conjunction: unary
            | conjunction [_AND] unary -> both
?unary: "!" unary -> inverse
      | "(" disjunction ")"
      | SERVICE "(" [service_id] ")" ["{" disjunction "}"] -> service
      | EDGE "(" service_id "," service_id ")" ["{" disjunction "}"] -> edge
      | keyword -> is_set
      | keyword OPERATOR value -> comparison
      | NAME "{" disjunction "}" -> root_cause
keyword: NAME
       | ANNOTATION "[" KEY "]" -> bracketed
value: STRING | NUMBER | BOOLEAN
service_id: STRING -> named
          | _ID "(" field ("," field)* ")" -> identified
field: NAME ":" STRING
SERVICE.2: /service(?=\s*\()/i
EDGE.2: /edge(?=\s*\()/i
ANNOTATION.2: /annotation(?=\s*\[)/i
_ID.2: /id(?=\s*\()/i
_AND.2: /and\b/i
_OR.2: /or\b/i
OPERATOR.2: /!=|<=|>=|=|<|>|(contains|beginswith|endswith)\b/i
BOOLEAN: /(true|false)\b/i
NUMBER: /[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
STRING: /"(\\.|[^"\\])*"/
NAME: /[a-z][a-z0-9_]*(\.[a-z0-9_]+)*/i
KEY: /[A-Za-z0-9_.]+/
%ignore /\s+/
"""

_SERVICE_FIELDS: Final = {"name": "name", "type": "type", "account.id": "account_id"}


def _at(token: Token) -> int:
    return token.start_pos or 0


def _unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


@v_args(inline=True)
class _Build(Transformer[Token, Expression]):
    """The parse tree as dataclasses."""

    def keyword(self, token: Token) -> Keyword:
        prefix, _, key = token.partition(".")
        if prefix.lower() == "annotation" and key:
            return Keyword("annotation", _at(token), key)
        return Keyword(token.lower(), _at(token))

    def bracketed(self, token: Token, key: Token) -> Keyword:
        return Keyword("annotation", _at(token), str(key))

    def value(self, token: Token) -> bool | float | str:
        match token.type:
            case "STRING":
                return _unquoted(token)
            case "BOOLEAN":
                return token.lower() == "true"
            case _:
                return float(token)

    def is_set(self, keyword: Keyword) -> Expression:
        return Set(keyword)

    def comparison(self, keyword: Keyword, operator: Token, value: bool | float | str) -> Expression:  # noqa: FBT001
        return Comparison(keyword, operator.upper(), value)

    def inverse(self, operand: Expression) -> Expression:
        return Not(operand)

    def both(self, left: Expression, right: Expression) -> Expression:
        return And(left, right)

    def either(self, left: Expression, right: Expression) -> Expression:
        return Or(left, right)

    def named(self, name: Token) -> ServiceId:
        return ServiceId(_unquoted(name))

    def field(self, name: Token, value: Token) -> tuple[str, str]:
        if name.lower() not in _SERVICE_FIELDS:
            raise FilterExpressionError(f"id() has no field '{name}'", _at(name))
        return _SERVICE_FIELDS[name.lower()], _unquoted(value)

    def identified(self, *fields: tuple[str, str]) -> ServiceId:
        return ServiceId(**dict(fields))

    def service(self, _word: Token, service: ServiceId | None, inner: Expression | None) -> Expression:
        return ServiceFilter(service or ServiceId(), inner)

    def edge(self, _word: Token, source: ServiceId, destination: ServiceId, inner: Expression | None) -> Expression:
        return EdgeFilter(source, destination, inner)

    def root_cause(self, name: Token, _inner: Expression) -> Expression:
        raise FilterExpressionError(f"the sandbox does not do '{name} {{…}}'", _at(name))


_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)


def parse(text: str) -> Expression:
    """Raises `FilterExpressionError` with the position of what cannot be read."""
    try:
        return _Build().transform(_PARSER.parse(text))
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedCharacters as error:
        raise FilterExpressionError(f"Unexpected '{error.char}'", error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise FilterExpressionError("Unexpected end", len(text)) from None
        raise FilterExpressionError(f"Unexpected '{error.token}'", _at(error.token)) from None
