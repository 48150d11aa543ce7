"""What identifies a person. It travels sealed only: see :class:`schemas.callback.CallbackRequested`."""

from pydantic import Field

from schemas.envelope import Fact

TEXT_LIMIT = 100_000
"""Characters of a request's text that travel; what is longer stays whole in intake's ledger."""


class Attachment(Fact):
    """What came along; the content stays with intake."""

    name: str = Field(max_length=255)
    type: str = Field(max_length=127)
    bytes: int = Field(ge=0)


class Personal(Fact):
    """The sealed part of a request: who asked, how to reach them, and what they said."""

    name: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=40, description="E.164 where it could be read as a number.")
    email: str | None = Field(default=None, max_length=320)
    subject: str = Field(default="", max_length=1000)
    text: str = Field(default="", max_length=TEXT_LIMIT)
    attachments: tuple[Attachment, ...] = ()

    @property
    def said(self) -> str:
        """What triage reads and evidence points into: the subject, a line break, the text."""
        return f"{self.subject}\n{self.text}" if self.subject else self.text
