"""The person's own editor: CRM_EDITOR, VISUAL, EDITOR, else what is there."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from crmkit.errors import Refused
from crmkit.i18n import N_

_USUAL = ("editor", "nano", "vim", "vi", "notepad")


def command(env: Mapping[str, str]) -> list[str]:
    """Return the editor's command line; Refused where there is none."""
    for name in ("CRM_EDITOR", "VISUAL", "EDITOR"):
        if env.get(name, "").strip():
            return shlex.split(env[name])
    for name in _USUAL:
        if shutil.which(name):
            return [name]
    raise Refused(N_("no editor was found"), hint=N_("name yours: export EDITOR=vim"))


class Sheet:
    """A text on its way through the editor; kept when things go wrong, so that no typing is lost."""

    def __init__(self, text: str, name: str, env: Mapping[str, str]) -> None:
        """`name` is how the editor's window is titled, such as `customer.yaml`."""
        self._env = env
        runtime = env.get("XDG_RUNTIME_DIR", "")  # in memory, where there is one; else a folder of mode 700
        where = runtime if runtime and Path(runtime).is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="crm-", dir=where))
        self.path = self._folder / Path(name).name
        self.write(text)

    def write(self, text: str) -> None:
        """Put `text` before the person."""
        self.path.write_text(text, encoding="utf-8", newline="")

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the text that is kept, where it is still there."""
        try:
            text = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return
        if (new := change(text)) != text:
            self.path.write_bytes(new.encode("utf-8", "surrogateescape"))

    def edit(self) -> str:
        """Open the editor and return the text when it closes."""
        words = command(self._env)
        try:
            code = subprocess.run([*words, str(self.path)], env=dict(self._env), check=False).returncode
        except FileNotFoundError:
            raise Refused(
                N_("the editor {name!r} was not found"),
                hint=N_("name yours: export EDITOR=vim"),
                name=words[0],
            ) from None
        if code:
            raise Refused(
                N_("the editor ended with code {code}; nothing was written"),
                hint=N_("your text is kept in {path}"),
                code=code,
                path=str(self.path),
            )
        return self.path.read_bytes().decode("utf-8", "surrogateescape")

    def discard(self) -> None:
        """Remove the file."""
        shutil.rmtree(self._folder, ignore_errors=True)
