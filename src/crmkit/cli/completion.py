"""`crm completion`: the script that lets a shell complete commands, ids, fields and values."""

from __future__ import annotations

from importlib.resources import files

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_

SHELLS = ("bash", "zsh", "fish")

SPEC = Spec(
    about=N_("print the completion script of a shell: bash, zsh or fish"),
    args=(Arg("shell", N_("SHELL"), N_("bash, zsh or fish"), complete="shell"),),
    examples=(
        (N_("bash, from now on"), "crm completion bash > ~/.local/share/bash-completion/completions/crm"),
        (N_("zsh, from now on (the folder stands in fpath)"), "crm completion zsh > ~/.zfunc/_crm"),
        (N_("fish, from now on"), "crm completion fish > ~/.config/fish/completions/crm.fish"),
        (N_("only in this shell"), 'eval "$(crm completion bash)"'),
    ),
)


def run(cli: Cli, *, shell: str) -> None:
    """Print the script."""
    if shell not in SHELLS:
        raise UsageError(
            N_("there is no completion for {shell!r}"), hint=N_("bash, zsh or fish"), shell=shell
        )
    cli.out.text((files("crmkit.cli") / "completions" / f"crm.{shell}").read_text("utf-8"))
