"""What sounds like an emergency and is none, and why it was not taken for one."""

from collections.abc import Callable

import pytest

from schemas.words import Reading, Urgency
from services.triage.domain.decision import Decision

NOT_MEANT = [
    (Reading.NEGATED, "Der Strom wurde nicht abgestellt, ich wollte nur fragen."),
    (Reading.NEGATED, "Es ist kein Notfall."),
    (Reading.NEGATED, "Das ist wirklich kein echter Notfall, bitte lassen Sie sich Zeit."),
    (Reading.NEGATED, "Keine Sorge, ich habe keine Suizidgedanken"),
    (Reading.NEGATED, "Wir sind nicht obdachlos."),
    (Reading.NEGATED, "Obdachlos bin ich nicht."),
    (Reading.NEGATED, "It is not an emergency."),
    (Reading.NEGATED, "I am not homeless"),
    (Reading.NEGATED, "Acil bir durum değil, müsait olunca arayın"),
    (Reading.NEGATED, "Evsiz değilim"),
    (Reading.NEGATED, "هذه ليست حالة طارئة"),
    (Reading.NEGATED, "Это не экстренный случай"),
    (Reading.NEGATED, "Свет не отключили, все хорошо"),
    (Reading.NEGATED, "Це не надзвичайна ситуація"),
    (Reading.NEGATED, "Nu este o urgență"),
    (Reading.NEGATED, "To nie jest nagły przypadek"),
    (Reading.SETTLED, "Letztes Jahr war der Strom weg, ist aber geregelt."),
    (Reading.SETTLED, "Uns wurde der Strom abgestellt, das hat sich inzwischen geklärt."),
    (Reading.SETTLED, "Der Strom war abgestellt. Das ist inzwischen erledigt."),
    (Reading.SETTLED, "Electricity was cut off in May, it is back on and all settled now"),
    (Reading.SETTLED, "Elektrik kesildi ama sorun çözüldü"),
    (Reading.SETTLED, "Свет отключали, но уже включили"),
    (Reading.SETTLED, "انقطعت الكهرباء وتم حل المشكلة"),
    (Reading.PAST, "Vor drei Jahren war ich obdachlos."),
    (Reading.PAST, "Damals hatten wir nichts zu essen."),
    (Reading.PAST, "I was homeless years ago"),
    (Reading.PAST, "Geçen yıl evsiz kaldım"),
    (Reading.PAST, "В прошлом году нас выселяли"),
    (Reading.PAST, "Торік нам вимкнули світло"),
    (Reading.QUESTION, "Was passiert eigentlich, wenn der Strom abgestellt wird?"),
    (Reading.QUESTION, "Allgemeine Frage: Hilft das Jobcenter, wenn jemandem der Strom abgestellt wird?"),
    (Reading.QUESTION, "What happens if someone gets evicted?"),
    (Reading.QUESTION, "Что будет, если отключат свет?"),
    (Reading.OTHER_PERSON, "Meine Nachbarin hat kein Geld mehr, so geht es vielen."),
    (Reading.OTHER_PERSON, "A friend of mine is homeless"),
    (Reading.OTHER_PERSON, "Viele Menschen haben nichts zu essen, das macht traurig."),
    (Reading.OTHER_PERSON, "У соседа отключили свет"),
    (Reading.FIGURATIVE, "Ich habe Hunger auf neue Aufgaben und möchte arbeiten."),
    (Reading.FIGURATIVE, "Ich möchte gern im Frauenhaus arbeiten."),
    (Reading.FIGURATIVE, "Ich habe eine Stelle als Helferin in der Obdachlosenhilfe gefunden"),
    (Reading.FIGURATIVE, "Ich will nicht mehr leben in dieser Stadt, ich suche Arbeit in Bremen"),
    (Reading.FIGURATIVE, "Im Notfall erreichen Sie meine Mutter."),
    (Reading.FIGURATIVE, "Bewerbung als Fahrer für den Krankenwagen, gern Ausbildung"),
    (Reading.FIGURATIVE, "Please use my emergency contact"),
    (Reading.QUOTED, "Danke, alles gut.\n> Wenn Sie kein Geld mehr haben, melden Sie sich.\nGruß"),
    (
        Reading.QUOTED,
        "Hallo,\ndanke für die Auskunft.\n\nAm 3.3.2024 schrieb Jobcenter:\nIst bei Ihnen der Strom abgestellt?",
    ),
    (
        Reading.QUOTED,
        "Guten Tag,\nanbei der Antrag.\n-----Ursprüngliche Nachricht-----\nVon: Amt\nIhnen droht die Zwangsräumung.",
    ),
]

NOTHING_FOUND = [
    "Ich möchte einen Termin vereinbaren.",
    "Wann hat das Jobcenter geöffnet?",
    "Ich möchte als Stromableser arbeiten",
    "Meine neue Telefonnummer lautet 0441 123456",
    "Bitte schicken Sie mir das Formular für den Weiterbewilligungsantrag.",
    "Ich habe eine Frage zu meinem Deutschkurs.",
    "Hello, I would like to speak to my advisor about a training course.",
    "Merhaba, kurs hakkında bilgi almak istiyorum",
    "مرحبا، أريد موعدا مع المستشار",
    "Добрый день, хочу узнать про курсы немецкого",
    "Доброго дня, коли можна подати документи?",
    "سلام، می‌خواهم درباره کلاس زبان بپرسم",
    "Bună ziua, aș dori o programare",
    "Добър ден, искам да запиша час",
    "Elektrik kesilirse ne olur?",
    "Dzień dobry, chciałbym umówić wizytę",
    "Silav, ez dixwazim randevûyekê bigirim",
    "Danke für Ihre schnelle Hilfe!",
    "Sie schlagen mir einen Kurs vor, das passt gut.",
    "Ich arbeite jetzt bei den Stadtwerken im Wasserwerk.",
    "Mein Handy ist kaputt, bitte rufen Sie meine neue Nummer an.",
    "Der Kurs findet im Gemeindehaus auf der Straße der Einheit statt.",
    "Ich habe die Unterlagen in den Briefkasten geworfen.",
    "",
    "???",
    "🙂",
]

URGENT = [
    "Mein Geld ist nicht gekommen.",
    "Die Hälfte der Zahlung fehlt diesen Monat",
    "Ich habe eine Mahnung für die Miete bekommen",
    "Morgen endet die Frist für den Widerspruch",
    "Ich habe eine Anhörung wegen einer Sanktion",
    "Ich fange Montag eine neue Arbeit an und brauche eine Fahrkarte",
    "Mein Vermieter hat mir gekündigt, ich suche eine Wohnung",
    "Bitte dringend um Rückruf",
    "My benefits were reduced",
    "Part of my payment is missing",
    "Kiramı ödeyemiyorum",
    "لم يصل الراتب",
    "Срочно перезвоните",
    "Виплати ще не надійшли",
    "Mam zaległości w czynszu",
    "Ich kann bald nicht mehr",
]


@pytest.mark.parametrize(("reading", "text"), NOT_MEANT)
def test_a_passage_that_is_not_meant_raises_nothing_and_is_shown(
    triage: Callable[[str], Decision], reading: Reading, text: str
) -> None:
    decision = triage(text)
    assert decision.urgency is not Urgency.EMERGENCY, decision.evidence
    assert reading in {evidence.reading for evidence in decision.evidence}, decision.evidence


@pytest.mark.parametrize("text", NOTHING_FOUND)
def test_an_ordinary_request_is_normal(triage: Callable[[str], Decision], text: str) -> None:
    assert triage(text).urgency is Urgency.NORMAL, triage(text).evidence


@pytest.mark.parametrize("text", URGENT)
def test_hardship_that_can_wait_a_day_is_urgent(triage: Callable[[str], Decision], text: str) -> None:
    assert triage(text).urgency is Urgency.URGENT, triage(text).evidence


@pytest.mark.parametrize(
    "text",
    [
        "Das ist kein Notfall, aber wir haben nichts zu essen.",
        "Ich bin nicht obdachlos, aber der Strom ist abgestellt.",
        "Mein Nachbar hat Geld, ich habe kein Geld mehr.",
        "Letztes Jahr war ich obdachlos. Heute Nacht schlafe ich wieder draußen im Park.",
        "Ist das ein Notfall? Wir haben kein Geld mehr.",
        "> Wie geht es Ihnen?\nIch habe kein Geld mehr.",
        "Es ist nicht geregelt, der Strom ist abgestellt.",
        "Wenn ich morgen kein Geld bekomme, haben die Kinder nichts zu essen!",
        "Ich rufe für meine Nachbarin an, sie hat nichts zu essen und spricht kein Deutsch.",
        "ich weiß nicht weiter der strom ist abgestellt",
        "Der Strom ist abgestellt, wann wird das endlich geregelt?",
        "Seit letztem Jahr haben wir keinen Strom",
        "Fwd: Schreiben\n-----Ursprüngliche Nachricht-----\nVon: Vermieter\nDie Zwangsräumung ist am 3. März.",
        "Meine Tochter hat nichts zu essen",
        "Wir sind nicht nur pleite, der Strom ist auch weg",
        "We are not only broke, we are homeless",
    ],
)
def test_in_doubt_it_is_an_emergency(triage: Callable[[str], Decision], text: str) -> None:
    assert triage(text).urgency is Urgency.EMERGENCY, triage(text).evidence
