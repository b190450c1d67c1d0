"""LIKE and ILIKE spelled so that both databases agree: wildcards are % and _ alone, LIKE sees case, ILIKE none."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

ANY, ONE = object(), object()
Piece = object | str  # ANY, ONE, or a single character that stands for itself


def pieces(pattern: str) -> tuple[Piece, ...]:
    return tuple(ANY if sign == "%" else ONE if sign == "_" else sign for sign in pattern)


def containing(text: str) -> tuple[Piece, ...]:
    return (ANY, *text, ANY)


class Matches(Lookup):
    """The column matches the pieces; their case counts."""

    lookup_name = "matches"
    prepare_rhs = False
    ignores_case: ClassVar[bool] = False

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        # SQLite: LIKE ignores the case of ASCII letters, GLOB ignores none and can use an index.
        column, params = self.process_lhs(compiler, connection)
        return f"{column} GLOB %s", (*params, _glob(self.rhs, self.ignores_case))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", (*params, _like(self.rhs))


class MatchesAnyCase(Matches):
    """The column matches the pieces, whatever their case."""

    lookup_name = "imatches"
    ignores_case: ClassVar[bool] = True

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        if any(isinstance(piece, str) and (piece in "%_" or not piece.isascii()) for piece in self.rhs):
            return super().as_sqlite(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", (*params, _spelled(self.rhs, "%", "_", str))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        # The "C" collation folds ASCII alone, whatever the database's locale; the other letters of the pattern
        # are folded by translate().
        column, params = self.process_lhs(compiler, connection)
        variants = sorted({sign for piece in self.rhs if not _is_ascii(piece) for sign in _cases(piece)})
        pattern = _like(tuple(_cases(piece)[0] if not _is_ascii(piece) else piece for piece in self.rhs))
        if not variants:
            return f'{column} COLLATE "C" ILIKE %s', (*params, pattern)
        folded = "".join(_cases(sign)[0] for sign in variants)
        return f'translate({column}, %s, %s) COLLATE "C" ILIKE %s', (*params, "".join(variants), folded, pattern)


def _like(found: Sequence[Piece]) -> str:
    return _spelled(found, "%", "_", lambda sign: "\\" + sign if sign in "%_\\" else sign)


def _glob(found: Sequence[Piece], ignores_case: bool) -> str:
    def literal(sign: str) -> str:
        if sign in "*?[":
            return f"[{sign}]"
        cases = _cases(sign) if ignores_case else sign
        return f"[{cases}]" if len(cases) > 1 else sign

    return _spelled(found, "*", "?", literal)


def _spelled(found: Sequence[Piece], any_sign: str, one_sign: str, literal: Callable[[str], str]) -> str:
    words = []
    for piece, before in zip(found, (None, *found), strict=False):
        if piece is ANY and before is ANY:
            continue  # twice "anything" is slow and means the same
        words.append(any_sign if piece is ANY else one_sign if piece is ONE else literal(str(piece)))
    return "".join(words)


def _is_ascii(piece: Piece) -> bool:
    return not isinstance(piece, str) or piece.isascii()


def _cases(piece: Piece) -> str:
    """A letter in its cases, lower first; letters that change length or alphabet with their case have one."""
    sign = str(piece)
    lower, upper = sign.lower(), sign.upper()
    is_pair = len(lower) == len(upper) == 1 and upper.lower() == lower and lower.isascii() == sign.isascii()
    return "".join(dict.fromkeys((lower, sign, upper))) if is_pair else sign
