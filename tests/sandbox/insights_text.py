"""Writes a query as text, with every parenthesis and every name in backticks: what reading it again is tested with."""

from sandbox.insights_query import (
    Access,
    Call,
    Column,
    Command,
    Dedup,
    Display,
    Expression,
    FieldName,
    Fields,
    Filter,
    Inversion,
    Limit,
    Match,
    Membership,
    Negation,
    Number,
    Operation,
    ParseGlob,
    ParseRegex,
    Pattern,
    Period,
    Query,
    Sort,
    Stats,
    Text,
    Unnest,
)


def written(query: Query) -> str:
    return "\n| ".join(map(_command, query))


def _command(command: Command) -> str:  # noqa: C901, PLR0911 — a case for each command
    match command:
        case Fields(columns=columns):
            return f"fields {_columns(columns)}"
        case Display(columns=columns):
            return f"display {_columns(columns)}"
        case Filter(condition=condition):
            return f"filter {expression(condition)}"
        case ParseGlob(source=source, glob=glob, names=names):
            return f"parse {_name(source.name)} {expression(glob)} as {', '.join(map(_name, names))}"
        case ParseRegex(source=source, pattern=pattern, names=names):
            aliases = f" as {', '.join(map(_name, names))}" if names else ""
            return f"parse {_name(source.name)} {_pattern(pattern)}{aliases}"
        case Stats(columns=columns, keys=keys):
            return f"stats {_columns(columns)}" + (f" by {_columns(keys)}" if keys else "")
        case Sort(keys=keys):
            return "sort " + ", ".join(
                f"{expression(key.expression)} {'desc' if key.descending else 'asc'}" for key in keys
            )
        case Limit(count=count, of_any=of_any):
            return f"limit {'any ' if of_any else ''}{count}"
        case Dedup(fields=fields):
            return f"dedup {', '.join(_name(field.name) for field in fields)}"
        case Unnest(items=items, name=name):
            return f"unnest {expression(items)} into {_name(name)}"


def expression(node: Expression) -> str:  # noqa: C901, PLR0911 — a case for each kind of node
    match node:
        case Number(value=value):
            return repr(value)
        case Text(value=value):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Period(count=count, unit=unit):
            return f"{count}{unit}"
        case FieldName(name=name):
            return _name(name)
        case Access(target=target, key=key):
            return f"({expression(target)})" + (f"[{key}]" if isinstance(key, int) else f".{_name(key)}")
        case Call(function=function, arguments=arguments, of_all=of_all):
            return f"{function}({'*' if of_all else ', '.join(map(expression, arguments))})"
        case Negation(operand=operand):
            return f"(-{expression(operand)})"
        case Inversion(operand=operand):
            return f"(not {expression(operand)})"
        case Operation(operator=operator, left=left, right=right):
            return f"({expression(left)} {operator} {expression(right)})"
        case Match(value=value, pattern=pattern, negated=negated):
            against = _pattern(pattern) if isinstance(pattern, Pattern) else expression(pattern)
            return f"({expression(value)} {'not ' if negated else ''}like {against})"
        case Membership(value=value, items=items, negated=negated):
            return f"({expression(value)} {'not ' if negated else ''}in [{', '.join(map(expression, items))}])"


def _columns(columns: tuple[Column, ...]) -> str:
    return ", ".join(f"{expression(column.expression)} as {_name(column.name)}" for column in columns)


def _name(name: str) -> str:
    return f"`{name}`"


def _pattern(pattern: Pattern) -> str:
    return f"/{pattern.source}/"
