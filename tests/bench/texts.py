"""What citizens write, for the bench: ordinary requests of ordinary length, and emergencies."""

_OPENINGS = (
    "Guten Tag, ich habe eine Frage zu meinem Bescheid vom letzten Monat.",
    "Hallo, ich möchte gerne wissen, welche Unterlagen noch fehlen.",
    "Sehr geehrte Damen und Herren, ich ziehe im Sommer um und brauche Auskunft.",
    "Merhaba, randevum hakkında bilgi almak istiyorum.",
    "Good morning, I would like to talk about a course that was offered to me.",
)
_MIDDLES = (
    "Die Nebenkostenabrechnung habe ich bereits im Portal hochgeladen, bisher kam aber keine Antwort.",
    "Meine Arbeitszeit hat sich geändert, der neue Vertrag liegt bei und gilt ab dem nächsten Ersten.",
    "Es geht um die Weiterbildung, über die wir beim letzten Termin gesprochen haben.",
    "Ich bin vormittags am besten zu erreichen, weil ich nachmittags die Kinder abhole.",
)
_EMERGENCIES = (
    "Seit gestern ist bei uns der Strom abgestellt, wir haben zwei kleine Kinder.",
    "Ich habe kein Geld mehr für Essen und weiß nicht weiter.",
    "Wir wurden heute aus der Wohnung geworfen und sind ab heute Nacht obdachlos.",
)


def normal_text(n: int) -> str:
    """Return the n-th ordinary request, about 250 characters."""
    opening, middle = _OPENINGS[n % len(_OPENINGS)], _MIDDLES[n // 5 % len(_MIDDLES)]
    return f"{opening} {middle} Meine Kundennummer ist die {n:08d}. Mit freundlichen Grüßen und vielen Dank im Voraus."


def emergency_text(n: int) -> str:
    """Return the n-th emergency."""
    return f"Guten Tag. {_EMERGENCIES[n % len(_EMERGENCIES)]} Bitte rufen Sie mich schnell an, Vorgang {n}."
