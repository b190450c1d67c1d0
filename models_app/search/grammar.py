"""MLflow's filter language: text to comparisons and back, with the position of every piece and no idea of databases."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import isinf
from typing import NamedTuple, NoReturn

from models_app import limits
from models_app.errors import InvalidValue

Value = str | int | float | tuple[str, ...] | None

SYMBOLS = ("=", "!=", "<", "<=", ">", ">=")
WORDS = ("LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL")
INSTEAD = {"==": "=", "<>": "!="}

# A trailing dot belongs to the word: it joins a prefix to the quoted key that follows.
TOKEN = re.compile(
    r"(?P<word>[^\W\d][\w./:-]*)"
    r"|(?P<number>-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])"
    r"|(?P<symbol><=|>=|!=|<>|==|[=<>(),])"
    r"|(?P<quote>['\"`])"
)
SPACE = re.compile(r"\s*")
BARE = re.compile(r"[^\W\d](?:[\w./:-]*[\w/:-])?\Z")
BARE_AFTER_PREFIX = re.compile(r"[\w./:-]*[\w/:-]\Z")
RESERVED = frozenset({"AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE", "BETWEEN"})
LONGEST_NUMBER = 300  # characters; so every number fits a float, and Python refuses integers of thousands


class FilterError(InvalidValue):
    """`position` counts characters from 0; a page draws a caret there."""

    def __init__(self, message: str, *, position: int = 0, field: str = "filter") -> None:
        super().__init__(f"Invalid {field}: {message} (column {position + 1}).", field=field)
        self.position = position


@dataclass(frozen=True, slots=True)
class Key:
    """`prefix` is what stands before the first dot, "" if nothing does."""

    prefix: str
    name: str
    quoted: bool = field(default=False, compare=False)
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        prefix = f"{self.prefix}." if self.prefix else ""
        bare = BARE_AFTER_PREFIX if self.prefix else BARE
        if bare.match(self.name) and (self.prefix or "." not in self.name) and not self._is_reserved():
            return prefix + self.name
        return f"{prefix}`{self.name.replace('`', '``')}`"

    def _is_reserved(self) -> bool:
        return not self.prefix and self.name.upper() in RESERVED


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is one of SYMBOLS and WORDS; `is_upper` tells whether a word was written in capitals."""

    key: Key
    operator: str
    value: Value = None
    is_upper: bool = field(default=True, compare=False)
    operator_position: int = field(default=0, compare=False)
    value_position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.key} {self.operator}"
        if isinstance(self.value, tuple):
            return f"{self.key} {self.operator} ({', '.join(map(_quoted, self.value))})"
        value = _quoted(self.value) if isinstance(self.value, str) else repr(self.value)
        return f"{self.key} {self.operator} {value}"


class Token(NamedTuple):
    kind: str  # word, number, symbol, string, quoted key, end
    text: str
    position: int
    end: int

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"'{self.text}'" if len(self.text) < 40 else f"'{self.text[:40]}…'"


def parse(text: str) -> list[Comparison]:
    """No text is no filter; blank text is refused, as MLflow does."""
    if not text:
        return []
    check_text(text, "filter")
    if text.isspace():
        raise FilterError("it is blank; leave it out, or compare a key with a value")
    return _Parser(tokenize(text)).comparisons()


def parse_key(text: str, field: str) -> tuple[Key, list[Token]]:
    """The key a text starts with, and the tokens behind it."""
    check_text(text, field)
    parser = _Parser(tokenize(text, field), field)
    return parser.key(), parser.rest()


def render(comparisons: Iterable[Comparison]) -> str:
    """A text that `parse` reads as these comparisons."""
    return " AND ".join(map(str, comparisons))


def has_comparator(text: str) -> bool:
    """Whether a text means to be a filter rather than words to look for."""
    try:
        check_text(text, "filter")
        tokens = list(tokenize(text))
    except FilterError as error:
        # An unclosed quote or an odd sign: what stands before it tells.
        tokens = list(tokenize(text[: error.position], is_open=True))
    for token, following in pairwise(tokens):
        if token.kind == "symbol" and token.text not in "(),":
            return True
        if token is not tokens[0] and token.kind == "word" and _starts_comparison(token, following):
            return True
    return False


def check_text(text: str, field: str) -> None:
    if len(text) > limits.FILTER_LENGTH:
        message = f"it has {len(text):,} characters, {limits.FILTER_LENGTH:,} are allowed"
        raise FilterError(message, position=limits.FILTER_LENGTH, field=field)
    if (position := text.find("\0")) >= 0:
        raise FilterError("a NUL character is not allowed", position=position, field=field)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FilterError("half of a character pair is not allowed", position=error.start, field=field) from None


def tokenize(text: str, field: str = "filter", is_open: bool = False) -> Iterator[Token]:
    """One by one, so that what follows a mistake costs nothing. `is_open` ends at a piece that can't be read."""
    position = _skip_space(text, 0)
    while position < len(text):
        try:
            token = _next_token(text, position, field)
        except FilterError:
            if not is_open:
                raise
            break
        yield token
        position = _skip_space(text, token.end)
    yield Token("end", "", len(text), len(text))


def _next_token(text: str, position: int, field: str) -> Token:
    match = TOKEN.match(text, position)
    if match is None:
        raise FilterError(f"unexpected {text[position]!r}", position=position, field=field)
    kind = match.lastgroup or ""
    if kind != "quote":
        return Token(kind, match.group(), position, match.end())
    quote = match.group()
    end = _closing_quote(text, quote, position, field)
    content = text[position + 1 : end].replace(quote * 2, quote)
    return Token({"'": "string", '"': "double", "`": "backtick"}[quote], content, position, end + 1)


def _closing_quote(text: str, quote: str, start: int, field: str) -> int:
    """Where the quote closes; a doubled quote inside stands for one."""
    end = text.find(quote, start + 1)
    while end >= 0 and text.startswith(quote, end + 1):
        end = text.find(quote, end + 2)
    if end < 0:
        raise FilterError(f"the quote {quote} is not closed", position=start, field=field)
    return end


def _skip_space(text: str, position: int) -> int:
    match = SPACE.match(text, position)
    return match.end() if match else position


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _starts_comparison(token: Token, following: Token) -> bool:
    word = token.text.upper()
    if word in {"LIKE", "ILIKE"}:
        return following.kind in {"string", "double"}
    if word == "IN":
        return following.text == "("
    return word == "IS" and (following.is_word("NULL") or following.is_word("NOT"))


class _Parser:
    def __init__(self, tokens: Iterator[Token], field: str = "filter") -> None:
        self.tokens = tokens
        self.next = next(tokens)
        self.field = field

    def comparisons(self) -> list[Comparison]:
        found: list[Comparison] = []
        self._skip_and()
        while self.peek().kind != "end":
            if len(found) == limits.FILTER_COMPARISONS:
                self.fail(f"more than {limits.FILTER_COMPARISONS} comparisons", self.peek())
            found.append(self.comparison())
            if not self._skip_and() and self.peek().kind != "end":
                self.fail(self._hint(self.peek()), self.peek())
        return found

    def _skip_and(self) -> bool:
        """MLflow: a dangling or doubled AND is tolerated; filters are often joined from pieces, some of them empty."""
        is_there = self.peek().is_word("AND")
        while self.peek().is_word("AND"):
            self.take()
        return is_there

    def comparison(self) -> Comparison:
        key = self.key()
        first = self.peek()
        operator = self.operator(key)
        is_upper = first.text == first.text.upper()
        position = self.peek().position
        if operator.startswith("IS"):
            return Comparison(key, operator, None, is_upper, first.position, position)
        value: Value = self.strings(operator) if operator.endswith("IN") else self.value(operator)
        return Comparison(key, operator, value, is_upper, first.position, position)

    def key(self) -> Key:
        token = self.take()
        if token.kind in {"backtick", "double"}:
            return Key("", self._name(token), True, token.position)
        if token.kind != "word":
            self.fail(f"expected a key such as name or tags.team, found {token}", token)
        prefix, dot, name = token.text.partition(".")
        if not dot:
            if prefix.upper() in RESERVED:
                self.fail(f"expected a key, found {token}", token)
            return Key("", prefix, False, token.position)
        if name and not name.endswith("."):
            return Key(prefix, name, False, token.position)
        quoted = self.peek()
        if name or quoted.kind not in {"backtick", "double"} or quoted.position != token.end:
            self.fail(f"expected a key right after '{token.text}', in backticks if it has unusual characters", quoted)
        self.take()
        return Key(prefix, self._name(quoted), True, token.position)

    def operator(self, key: Key) -> str:
        token = self.take()
        if token.text in INSTEAD and token.kind == "symbol":
            self.fail(f"write {INSTEAD[token.text]} instead of {token.text}", token)
        if token.kind == "symbol" and token.text in SYMBOLS:
            return token.text
        word = token.text.upper() if token.kind == "word" else ""
        if word in {"LIKE", "ILIKE", "IN"}:
            return word
        if word == "NOT" and self.peek().is_word("IN"):
            self.take()
            return "NOT IN"
        if word == "IS":
            return self._null_test()
        self.fail(f"expected a comparator ({', '.join((*SYMBOLS, *WORDS))}) after '{key}', found {token}", token)

    def value(self, operator: str) -> str | int | float:
        token = self.take()
        if token.kind in {"string", "double"}:
            return token.text
        if token.kind == "number":
            return self._number(token)
        hint = f"; put quotes around {token.text}" if token.kind in {"word", "backtick"} else ""
        self.fail(f"expected a quoted text or a number after {operator}, found {token}{hint}", token)

    def strings(self, operator: str) -> tuple[str, ...]:
        token = self.take()
        if token.text != "(" or token.kind != "symbol":
            self.fail(f"expected a list such as ('a', 'b') after {operator}, found {token}", token)
        found: list[str] = []
        while True:
            token = self.take()
            # MLflow: a comma before the bracket is fine; Python writes a tuple of one like that.
            if found and token.kind == "symbol" and token.text == ")":
                return tuple(found)
            if token.kind not in {"string", "double"}:
                self.fail(f"expected a quoted text in the list, found {token}", token)
            found.append(token.text)
            token = self.take()
            if token.kind == "symbol" and token.text == ")":
                return tuple(found)
            if token.kind != "symbol" or token.text != ",":
                self.fail(f"expected ',' or ')' in the list, found {token}", token)

    def peek(self) -> Token:
        return self.next

    def take(self) -> Token:
        token = self.next
        self.next = next(self.tokens, token)
        return token

    def rest(self) -> list[Token]:
        return [self.next, *self.tokens]

    def fail(self, message: str, token: Token) -> NoReturn:
        raise FilterError(message, position=token.position, field=self.field)

    def _name(self, token: Token) -> str:
        if not token.text:
            self.fail("the key is empty", token)
        return token.text

    def _null_test(self) -> str:
        token = self.take()
        negated = token.is_word("NOT")
        if negated:
            token = self.take()
        if not token.is_word("NULL"):
            self.fail(f"expected NULL or NOT NULL after IS, found {token}", token)
        return "IS NOT NULL" if negated else "IS NULL"

    def _number(self, token: Token) -> int | float:
        if len(token.text) > LONGEST_NUMBER:
            self.fail("the number is too long", token)
        if token.text.lstrip("-").isdigit():
            return int(token.text)
        number = float(token.text)
        if isinf(number):
            self.fail("the number is too large", token)
        return number

    def _hint(self, token: Token) -> str:
        if token.is_word("OR"):
            return "comparisons are joined by AND, OR is not in the language"
        return f"expected AND or the end, found {token}"
