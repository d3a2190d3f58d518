"""Faithful: what arrives is what was sent, or it is not sent.

The one idea: JSON has no NaN, no bytes, no two equal names in an object, and
no names but text. Where the class of a message leaves room for such things,
the sender reads its own bytes as the receiver would, and compares.

Most classes leave no room, and cost nothing: see `care_for`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from math import isfinite
from reprlib import repr as short
from typing import Any

import msgspec
import msgspec.inspect

__all__ = ["care_for", "check_faithful", "check_json"]

# Types of fields, as msgspec calls them, that JSON and back leaves alone.
FAITHFUL = {"Int", "Str", "Bool", "None", "Bytes", "Literal", "Enum", "UUID"}
FAITHFUL |= {"Struct", "List", "Tuple", "VarTuple", "Union", "DateTime", "Date"}
SCALARS = {str, int, float, bool, type(None)}
ADVICE = (
    "JSON has text, numbers, lists, and objects whose names are text. Give the "
    "field a type that says more, or send something else"
)


def care_for(kind: type[msgspec.Struct]) -> int:
    """0 if JSON can say all its fields may hold; 1 if all but NaN; else 2.

    A class says `checked = True` if its maker has seen to that.
    """
    if getattr(kind, "checked", False):
        return 1
    try:
        about = repr(msgspec.inspect.type_info(kind))
    except (NameError, TypeError):  # names that only the sender knows
        return 1
    types = set(re.findall(r"(\w+)Type\(", about))
    if types - FAITHFUL - {"Float"}:
        return 2
    return int("Float" in types)


def check_faithful(
    message: msgspec.Struct,
    body: bytes,
    decoder: Callable[[Any], Callable[[bytes], Any]],
) -> None:
    """Raise ValueError if the receiver would not get what `message` holds."""
    if body.find(b"null") >= 0:
        _check_numbers(message)
    kind = type(message)
    if getattr(kind, "__parameters__", ()):  # only the receiver knows the rest
        for value in _parts(message):
            if isinstance(value, msgspec.Struct):
                check_faithful(value, msgspec.json.encode(value), decoder)
        return
    try:
        got = decoder(kind)(body)
    except NameError:  # as in care_for()
        return
    except Exception as error:
        raise ValueError(f"no receiver could read it: {error}") from None
    for name in kind.__struct_fields__:
        sent, came = getattr(message, name), getattr(got, name)
        if not _same(sent, came):
            raise ValueError(
                f"{name}={short(sent)} would arrive as {short(came)}. {ADVICE}"
            )


def check_json(value: Any, raw: bytes) -> None:
    """Raise ValueError if `raw`, its JSON, does not give `value` back."""
    got = msgspec.json.decode(raw)
    if not _same(value, got):
        raise ValueError(f"{short(value)} would arrive as {short(got)}")


def _same(sent: Any, got: Any) -> bool:
    """Is this what was sent? A tuple may arrive as a list, Raw as anything."""
    kind = type(sent)
    if kind in SCALARS:
        return bool(sent == got)
    if kind is list or isinstance(sent, tuple):
        return isinstance(got, list | tuple) and _all_same(sent, got)
    if isinstance(sent, dict):
        if not isinstance(got, dict) or any(key not in got for key in sent):
            return False
        return _all_same([*sent.values()], [got[key] for key in sent]) and (
            len(sent) == len(got)
        )
    if isinstance(sent, msgspec.Raw):
        return True
    if isinstance(sent, msgspec.Struct) or is_dataclass(sent):
        return kind is type(got) and _all_same(_parts(sent), _parts(got))
    return bool(sent == got)


def _all_same(sent: Sequence[Any], got: Sequence[Any]) -> bool:
    if len(sent) != len(got):
        return False
    for ours, theirs in zip(sent, got, strict=True):
        if type(ours) in SCALARS:  # as _same() does, without a call
            if ours != theirs:
                return False
        elif not _same(ours, theirs):
            return False
    return True


def _parts(value: Any) -> list[Any]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    return [getattr(value, field.name) for field in fields(value)]


def _check_numbers(value: Any) -> None:
    if isinstance(value, msgspec.Struct) or is_dataclass(value):
        value = _parts(value)
    elif isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            _check_numbers(each)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"JSON has no {value}")
