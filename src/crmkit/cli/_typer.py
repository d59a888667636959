"""Typer's reading of a line that the lean parser left alone: the odd spellings, and every error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from crmkit.cli._parse import defaults
from crmkit.cli._spec import Arg, Opt, Spec, options_of
from crmkit.errors import CrmError, UsageError
from crmkit.i18n import N_, _


def parse(verb: str, spec: Spec, argv: Sequence[str]) -> dict[str, Any]:
    """Return the values of `crm VERB ARGV`. Raises UsageError, with what was meant where that can be told."""
    seen: dict[str, Any] = {}
    command = _command(verb, spec, seen.update)
    try:
        command.main(list(argv), prog_name=f"crm {verb}", standalone_mode=False)
    except TyperException as wrong:
        raise _translated(wrong, verb) from None
    return {**defaults(spec.args, options_of(spec)), **_tidied(seen)}


def app(commands: Sequence[str]) -> TyperGroup:
    """Return the whole command line as a typer group, for tools that read one (documentation, tests)."""
    from crmkit.cli.app import load

    class Lazy(TyperGroup):
        def list_commands(self, _ctx: typer.Context) -> list[str]:  # type: ignore[override]
            return list(commands)

        def get_command(self, _ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]
            if cmd_name not in commands:
                return None
            return _command(cmd_name, load(cmd_name).SPEC, lambda **_values: None)

    return Lazy(name="crm", rich_markup_mode=None)


def _command(verb: str, spec: Spec, callback: Any) -> TyperCommand:
    params: list[Any] = [_argument(a) for a in spec.args]
    params += [_option(o) for o in options_of(spec)]
    return TyperCommand(
        name=verb,
        params=params,
        callback=callback,
        add_help_option=False,
        help=spec.about,
        rich_markup_mode=None,
    )


def _argument(arg: Arg) -> TyperArgument:
    return TyperArgument(
        param_decls=[arg.name],
        required=arg.required,
        nargs=-1 if arg.many else 1,
        metavar=arg.metavar,
        help=arg.help,
    )


def _option(option: Opt) -> TyperOption:
    if option.metavar:
        return TyperOption(
            param_decls=[*option.flags, option.name],
            multiple=option.many,
            metavar=option.metavar,
            help=option.help,
        )
    decls = [*option.flags[:-1], f"{option.flags[-1]}/{option.off}"] if option.off else [*option.flags]
    return TyperOption(param_decls=[*decls, option.name], is_flag=True, default=None, help=option.help)


def _tidied(seen: dict[str, Any]) -> dict[str, Any]:
    """Drop what was not typed; lists as tuples."""
    return {k: tuple(v) if isinstance(v, list | tuple) else v for k, v in seen.items() if v is not None}


def _translated(wrong: TyperException, verb: str) -> CrmError:
    kind = type(wrong).__name__
    about: Any = wrong
    hint = N_("see: crm {verb} --help")
    if kind == "NoSuchOption":
        near = sorted(about.possibilities or ())
        if near:
            hint = N_("did you mean {near}? See: crm {verb} --help")
        return UsageError(
            N_("crm {verb} has no option {option}"),
            hint=hint,
            verb=verb,
            option=about.option_name,
            near=" ".join(near),
        )
    if kind == "MissingParameter":
        shown = str(about.param.metavar)
        return UsageError(N_("crm {verb} wants {what}"), hint=hint, verb=verb, what=_(shown))
    if kind == "BadOptionUsage":
        if "not take" in about.message:
            return UsageError(N_("{option} takes no value"), hint=hint, verb=verb, option=about.option_name)
        return UsageError(N_("{option} wants a value"), hint=hint, verb=verb, option=about.option_name)
    return UsageError(N_("crm {verb}: {why}"), hint=hint, verb=verb, why=wrong.format_message())
