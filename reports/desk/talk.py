"""How the desk speaks with a person: lines out, one answer in, a command of bdg run and its end put into words.

Imports the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DONE, WAITS = 0, 3
_ENDS = {
    DONE: "Xong. (Done.)",
    1: "Phần mềm gặp lỗi của chính nó: chép lại màn hình và báo người phụ trách. (A bug of ours: copy the screen.)",
    2: "Lệnh chưa đúng: báo người phụ trách phần mềm. (A wrong call: tell whoever looks after the software.)",
    WAITS: "Xong, còn điểm chờ người quyết định. (Done; decisions wait.)",
    10: "Chưa xong: biểu mẫu hoặc kế hoạch chưa đúng, xem dòng ở trên. (Not done: form or plan.)",
    11: "Chưa xong: số liệu chưa đúng, xem dòng ở trên. (Not done: data.)",
    12: "Chưa xong: máy chủ hoặc mạng. (Not done: server or network.)",
    13: "Chưa xong: số liệu không được phép công bố. (Not done: may not be published.)",
}
_QUOTES = "\"'“”"


class Leave(Exception):  # noqa: N818  not an error: the person goes
    """The person wants to leave; everything done so far stays."""


@dataclass(frozen=True)
class Talk:
    """say: prints a line; ask: shows a prompt and gives the answer, EOFError when nobody is there; call: runs bdg with words."""

    say: Callable[[str], None]
    ask: Callable[[str], str]
    call: Callable[[Sequence[str]], int]

    def answer(self, prompt: str, default: str = "") -> str:
        """One answer without blanks around it; empty is the default.  Leave for «q» or when the keyboard is gone."""
        shown = f"{prompt} [{default}]: " if default else f"{prompt}: "
        try:
            said = self.ask(shown).strip()
        except (EOFError, KeyboardInterrupt):
            raise Leave from None
        if said.lower() == "q":
            raise Leave
        return said or default

    def choice(self, prompt: str, most: int, *, zero: bool = True, default: str = "") -> int:
        """A number from 1 to most (0 to go back), asked until it is one."""
        while True:
            said = self.answer(prompt, default)
            if said.isdecimal() and (0 if zero else 1) <= int(said) <= most:
                return int(said)
            self.say(f"  Gõ một số từ {0 if zero else 1} đến {most}, hoặc q để thoát. (A number, or q to leave.)")

    def yes(self, prompt: str) -> bool:
        """Whether the answer is có (c), yes (y)."""
        return self.answer(f"{prompt} (c = có / yes, k = không / no)").lower()[:1] in ("c", "y")

    def path(self, prompt: str) -> Path | None:
        """A path that is there; an empty answer is None.  Quotes, as Windows puts round a dragged file, are taken off."""
        while True:
            said = self.answer(prompt).strip(_QUOTES)
            if not said:
                return None
            if Path(said).expanduser().exists():
                return Path(said).expanduser()
            self.say(f"  Không có «{Path(said).name}» ở đó. Kéo tệp vào cửa sổ này rồi bấm Enter. (Not there; drag it here.)")

    def run(self, *words: str | Path) -> int:
        """Run a command, shown first so that it can be learnt; gives its exit code and says how it ended."""
        said = [str(w) for w in words]
        self.say(f"\n> bdg {' '.join(f'«{w}»' if ' ' in w else w for w in said)}")
        code = self.call(said)
        self.say(_ENDS.get(code, f"Lệnh kết thúc với mã {code}. (Ended with {code}.)"))
        return code

    def all(self, *commands: Sequence[str | Path], ends: Sequence[int] = (DONE, WAITS)) -> bool:
        """Run commands one after the other while they end well; True when all did."""
        return all(self.run(*words) in ends for words in commands)
