"""An edit of the reference: one piece of one function, as it is and as it stands there when somebody gets it wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Edit:
    """`right` is what the function says, exactly once; `wrong` is what stands there instead.

    function  "backward"; a function inside of another with its name behind ("max_pool.vjp"), a method with its class in front
    """

    function: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Line:
    """A piece of a function that goes wrong in several ways; each way is an edit."""

    function: str
    text: str

    def becomes(self, wrong: str) -> Edit:
        return Edit(function=self.function, right=self.text, wrong=wrong)

    def replacing(self, part: str, other: str) -> Edit:
        """The line with `other` wherever it says `part`."""
        return self.becomes(self.text.replace(part, other))

    def then(self, more: str) -> Edit:
        """The line and a statement behind it."""
        return self.becomes(f"{self.text}; {more}")
