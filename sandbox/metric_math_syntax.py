"""The language of CloudWatch metric math: text → `Expression`.

The operators and the form of ids are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

Where the page is silent, `^` binds tighter than unary minus and groups to the right; all else groups to the
left, in the usual order.
"""

from dataclasses import dataclass
from typing import Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken


class MetricMathError(ValueError):
    """An expression that is wrong, or that asks for what this evaluator does not do.

    `position` counts characters from 0. `expression_id` is set where the fault lies in another expression,
    one that the evaluated expression refers to.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.expression_id: str | None = None


class UnsupportedFunctionError(MetricMathError):
    """A function that AWS may know and this evaluator does not."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"Unsupported function '{name}'", position)
        self.name = name


@dataclass(frozen=True)
class Number:
    value: float
    position: int


@dataclass(frozen=True)
class Text:
    value: str
    position: int


@dataclass(frozen=True)
class Reference:
    """A metric's or another expression's id."""

    id: str
    position: int


@dataclass(frozen=True)
class Keyword:
    """An upper-case word that is not called: `REPEAT`, `LINEAR`."""

    name: str
    position: int


@dataclass(frozen=True)
class Negation:
    operand: "Expression"
    position: int


@dataclass(frozen=True)
class Operation:
    operator: str
    left: "Expression"
    right: "Expression"
    position: int


@dataclass(frozen=True)
class Array:
    items: tuple["Expression", ...]
    position: int


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Expression", ...]
    position: int


Expression = Number | Text | Reference | Keyword | Negation | Operation | Array | Call

_GRAMMAR: Final = r"""
?start: disjunction
?disjunction: conjunction | disjunction OR conjunction -> operation
?conjunction: comparison | conjunction AND comparison -> operation
?comparison: sum | comparison COMPARE sum -> operation
?sum: product | sum (PLUS | MINUS) product -> operation
?product: unary | product (TIMES | DIVIDE) unary -> operation
?unary: power | MINUS unary -> negation
?power: atom | atom POWER unary -> operation
?atom: NUMBER -> number
     | STRING -> text
     | ID -> reference
     | NAME -> keyword
     | NAME "(" [disjunction ("," disjunction)*] ")" -> call
     | OPEN [disjunction ("," disjunction)*] "]" -> array
     | "(" disjunction ")"
OR: "OR" | "||"
AND: "AND" | "&&"
COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*"
DIVIDE: "/"
POWER: "^"
OPEN: "["
NUMBER: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
STRING: /"[^"]*"|'[^']*'/
ID: /[a-z][a-zA-Z0-9_]*/
NAME: /[A-Z][A-Z0-9_]*/
%ignore /\s+/
"""


def _at(token: Token) -> int:
    return token.start_pos or 0


@v_args(inline=True)
class _Build(Transformer[Token, Expression]):
    """The parse tree as dataclasses."""

    def number(self, token: Token) -> Expression:
        return Number(float(token), _at(token))

    def text(self, token: Token) -> Expression:
        return Text(token[1:-1], _at(token))

    def reference(self, token: Token) -> Expression:
        return Reference(str(token), _at(token))

    def keyword(self, token: Token) -> Expression:
        return Keyword(str(token), _at(token))

    def negation(self, token: Token, operand: Expression) -> Expression:
        return Negation(operand, _at(token))

    def operation(self, left: Expression, token: Token, right: Expression) -> Expression:
        symbol = {"OR": "||", "AND": "&&"}.get(str(token), str(token))
        return Operation(symbol, left, right, _at(token))

    def array(self, token: Token, *items: Expression | None) -> Expression:
        return Array(tuple(item for item in items if item is not None), _at(token))

    def call(self, token: Token, *arguments: Expression | None) -> Expression:
        return Call(str(token), tuple(argument for argument in arguments if argument is not None), _at(token))


_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse(text: str) -> Expression:
    """Raises `MetricMathError` with the position of what cannot be read."""
    try:
        return _Build().transform(_PARSER.parse(text))
    except UnexpectedCharacters as error:
        raise MetricMathError(f"Unexpected '{error.char}'", error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise MetricMathError("Unexpected end of expression", len(text)) from None
        raise MetricMathError(f"Unexpected '{error.token}'", _at(error.token)) from None
