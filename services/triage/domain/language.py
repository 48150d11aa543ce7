"""Which language a text is written in: a hint for the interpreter, never a condition of a rule."""
# ruff: noqa: RUF001 - words of many scripts are meant as they stand

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
LANGUAGES = ("de", "en", "tr", "ar", "uk", "ru", "fa", "ku", "ro", "bg", "pl")

_SAMPLE = 200
_LATIN_ENDS = "\u0250"
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = {"uk": "іїєґ", "ru": "ыэё", "bg": "ъщ", "ku": "ێۆڕڵڤ", "fa": "پچژگیک"}
_ENDINGS = {"bg": (" се ", " съм ", " да ", " ми ", " имам ", " нямам ", " моля ")}
# Words that hardly stand in a text of another of these languages; they spare most texts the slower model.
_COMMON = {
    word: language
    for language, words in {
        "de": "ich und der die das nicht ist ein eine mein meine mir mich sie bitte für mit auf zu wir habe "
        "haben guten tag danke rückruf wird von noch den",
        "en": "the and is my i have not to you please for with are we can of it this",
        "tr": "ve bir bu için çok benim lütfen var yok değil merhaba ben değilim istiyorum bana kadar",
        "ro": "și nu este sunt pentru vă rog am mea meu la cu că mi sa bună fără",
        "pl": "nie jest się proszę mam na dla moje mój czy od dzień dobry jestem nas że mnie",
        "ku": "ez û ji bo ku min nîne tune gelek ne dixwazim me heye",
    }.items()
    for word in words.split()
}


def language_of(text: str) -> str:
    """Name the language of a text, or ``und``: by script first, then common words, then py3langid."""
    sample = text[:_SAMPLE]
    if max(sample, default="") < _LATIN_ENDS:
        return _latin_script(sample.lower()) if _LATIN.search(sample) else UNKNOWN
    arabic, cyrillic, latin = (len(script.findall(sample)) for script in (_ARABIC, _CYRILLIC, _LATIN))
    if max(arabic, cyrillic, latin) == 0:
        return UNKNOWN
    if arabic > max(cyrillic, latin):
        return _arabic_script(sample)
    if cyrillic > latin:
        return _cyrillic_script(sample.lower())
    return _latin_script(sample.lower())


def prepare() -> None:
    """Load the model (about a second, once), so that no request waits for it."""
    _identifier()


def _arabic_script(sample: str) -> str:
    if any(letter in sample for letter in _LETTERS["ku"]):
        return "ku"
    return "fa" if any(letter in sample for letter in _LETTERS["fa"]) else "ar"


def _cyrillic_script(sample: str) -> str:
    if any(letter in sample for letter in _LETTERS["uk"]):
        return "uk"
    if any(letter in sample for letter in _LETTERS["ru"]):
        return "ru"
    if "ъ" in sample or any(word in f" {sample} " for word in _ENDINGS["bg"]):
        return "bg"
    return str(_identifier().classify(sample)[0]) if len(sample) > 1 else "ru"


def _latin_script(sample: str) -> str:
    votes: dict[str, int] = {}
    for word in _WORD.findall(sample):
        language = _COMMON.get(word)
        if language is not None:
            votes[language] = votes.get(language, 0) + 1
    first, second = (*sorted(votes.values(), reverse=True), 0, 0)[:2]
    if first > max(1, second):
        return max(votes, key=votes.__getitem__)
    guess = str(_identifier().classify(sample)[0])
    return guess if guess not in {"ar", "fa", "uk", "ru", "bg"} else UNKNOWN


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier
