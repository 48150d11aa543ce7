"""What the command line says: from the catalogue, in the language of RUECKRUF_LANG or LANG; German by default."""

import os
from collections.abc import Mapping
from pathlib import Path

from services.chassis.texts import Language, Texts

_TEXTS = Path(__file__).resolve().parents[2] / "services" / "texts"


def speaking(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language to speak; "C" and languages without a catalogue are German."""
    wished = next((environment[name] for name in ("RUECKRUF_LANG", "LC_ALL", "LANG") if environment.get(name)), "")
    return Texts.load(_TEXTS).negotiate(query=wished.partition(".")[0].replace("_", "-"))


t = speaking()
