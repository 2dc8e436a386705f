"""A form page from a list of fields: one topic, errors at the top in words, nothing typed twice, works without scripts.

A view lists its fields, the values they start with and what saving does; saving raises Unfit with words by field, and
the page comes back with what was typed, a summary that links to the fields, and the words beside each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from isocentre.core.checks import Unfit

Kind = Literal["text", "textarea", "radios", "select", "tick", "ticks"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `options` are (value, words), and what is none of them counts as not chosen.

    A `tick` is one box whose value is "yes" or ""; `ticks` are a box an option, their value those ticked, with commas.
    """

    name: str
    label: str
    hint: str = ""
    kind: Kind = "text"
    options: tuple[tuple[str, str], ...] = ()
    width: str = ""
    fixed: bool = False  # shown, sent back unchanged, not for typing


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form page. `save` takes the values typed and returns the address to go on to; `saved` is said there."""

    title: str
    fields: Sequence[Field]
    values: Mapping[str, str]
    save: Callable[[dict[str, str]], str]
    saved: str
    back: str
    back_text: str = "Back"
    caption: str = ""
    intro: str = ""
    button: str = "Save"
    warning: bool = False  # the button is one to think about
    remove: str = ""  # address that asks, then removes the thing; empty: it cannot be removed here
    remove_text: str = ""


def handle(request: HttpRequest, form: Form, template: str = "web/form.html", **shown: Any) -> HttpResponse:
    """The page; on POST save and go on, or the page again (400) with the errors. `shown`: more for `template`."""
    values, errors = {f.name: form.values.get(f.name, "") for f in form.fields}, {}
    if request.method == "POST":
        for field in form.fields:
            if not field.fixed:
                values[field.name] = _typed(request, field)
        try:
            address = form.save(dict(values))
        except Unfit as unfit:
            errors = unfit.errors
        else:
            messages.success(request, form.saved)
            return redirect(address)
    context = {"title": form.title, "form": form, "values": values, "errors": errors, "summary": _summary(form, errors)}
    return render(request, template, {**context, **shown}, status=400 if errors else 200)


def _typed(request: HttpRequest, field: Field) -> str:
    if field.kind == "ticks":
        chosen = request.POST.getlist(field.name)
        return ",".join(value for value, _ in field.options if value in chosen)
    value = request.POST.get(field.name, "").strip()
    return value if not field.options or value in {one for one, _ in field.options} else ""


def _summary(form: Form, errors: Mapping[str, str]) -> list[dict[str, str]]:
    """Errors in the order of the fields, each linking to its field; those of no field here last, without a link."""
    order = [field.name for field in form.fields if field.name in errors]
    linked = [{"text": errors[name], "href": f"#{name}"} for name in order]
    return linked + [{"text": words} for name, words in errors.items() if name not in order]
