"""What must reach a human at once, in the words of citizens."""

from collections.abc import Callable

import pytest

from schemas.words import Category, Urgency
from services.triage.domain.decision import Decision

GERMAN = {
    Category.NO_MONEY: [
        "Ich habe seit Freitag keinen Cent mehr.",
        "mein konto ist leer und ich hab noch 3 euro",
        "Hab kein Geld mehr bitte um rückruf",
        "Wir sind völlig mittellos, seit das Geld nicht kam.",
        "Wovon sollen wir denn leben?",
        "I hob koa Geld mehr",
        "Keinne Geld mehr seit 2 Wochen",
        (
            "Sehr geehrte Damen und Herren, ich danke herzlich für das freundliche Gespräch in der letzten Woche. "
            "Leider muss ich Ihnen mitteilen, dass ich kein Geld mehr habe. Über eine Antwort würde ich mich freuen."
        ),
        "Meine Bank hat das Konto gekündigt, wohin soll das Geld?",
        "Pfändung auf dem Konto, ich komme an nichts mehr ran",
    ],
    Category.NO_FOOD: [
        "Die Kinder haben seit gestern nichts gegessen",
        "Wir haben nix mehr zu essen im Haus",
        "Der Kühlschrank ist leer.",
        "wir hungern",
        "Wir essen seit drei Tagen nur Toast und jetzt ist der auch weg",
        "Ich weiß nicht weiter wir haben nichts zu essen",
        "Kein Essen mehr da, meine Tochter weint",
        "Die Vorräte sind aufgebraucht",
    ],
    Category.ENERGY_CUTOFF: [
        "Der Strom wird am Donnerstag abgestellt.",
        "Die Stadtwerke wollen am 3.4. den Strom sperren",
        "Strom weg. Baby da. Hilfe.",
        "Seit heute Morgen kein Strom mehr in der Wohnung",
        "Gas ist abgedreht worden und es ist eiskalt",
        "Stromsperre nächste Woche angekündigt",
        "strohm abgestellt ... strom abgesteld bitte helfen",
        "Letztes Jahr wurde uns der Strom abgestellt und jetzt schon wieder!",
        "Was soll ich machen, uns wurde das Wasser abgestellt?",
        "Noch ist der Strom nicht weg, aber am Montag wird er abgestellt.",
        "STROM ABGESTELLT!!!",
        "Sie stellen uns morgen den Strom ab",
        "Wir sitzen im Dunkeln mit zwei Kindern",
    ],
    Category.HOMELESSNESS: [
        "Ab morgen bin ich obdachlos",
        "Ich schlafe seit gestern im Auto",
        "Mein Vermieter hat die Schlösser ausgetauscht",
        "Ich weiß nicht, wo ich heute Nacht hin soll",
        "Meine Mutter hat mich rausgeschmissen, ich sitze auf der Straße",
        "Unsere Wohnung ist abgebrannt",
    ],
    Category.EVICTION: [
        "Am 12.03. ist Räumungstermin",
        "Zwangsräumung in drei Tagen",
        "Der Gerichtsvollzieher war da und kommt Montag wieder",
        "raeumung der wohnung steht bevor",
    ],
    Category.HEALTH_COVER: [
        "Ich bin nicht krankenversichert und muss morgen operiert werden, die Operation ist fest",
        "Ohne Krankenversicherung bekomme ich meine Chemo nicht",
        "Die Krankenkasse hat mir gekündigt und ich bin im 8. Monat schwanger",
        "Ich kann meine Medikamente nicht bezahlen",
    ],
    Category.MEDICAL: [
        "Meine Mutter ist bewusstlos",
        "Mein Vater hat einen Herzinfarkt",
        "Ich bekomme keine Luft",
        "Mein Insulin ist alle",
    ],
    Category.VIOLENCE: [
        "Mein Mann hat mich gestern geschlagen",
        "Er hat gedroht mich umzubringen, ich habe Angst vor meinem Mann",
        "Ich bin im Frauenhaus und brauche dringend Hilfe",
        "Mein Ex bedroht uns",
        "Ich bin vor meinem Mann geflohen",
        "Die Nachbarin wird von ihrem Mann verprügelt",
    ],
    Category.SUICIDALITY: [
        "Ich will nicht mehr leben.",
        "Es hat alles keinen Sinn mehr im Leben",
        "Am besten wäre ich tot",
        "Ohne mich ist meine Familie besser dran",
        "Soll ich mich denn umbringen?",
        "Mein Nachbar sagt, er bringt sich um, er will nicht mehr leben",
        "Dann springe ich halt von der Brücke",
        "Ich moechte einfach nicht mehr aufwachen",
    ],
    Category.CHILD_WELFARE: [
        "Mein Partner schlägt die Kinder",
        "Das Kind nebenan wird misshandelt",
        "Das Baby hat keine Milch mehr und keine Windeln",
    ],
    Category.SANCTION: [
        "Sie haben mir das Bürgergeld komplett gestrichen",
        "100 Prozent Sanktion, das geht doch nicht",
    ],
    Category.OTHER: ["Es ist ein Notfall!", "NOTFALL bitte sofort anrufen"],
}

OTHER_LANGUAGES = {
    "en": [
        "We have no money left for food",
        "my kids are hungry",
        "They cut off our electricity yesterday",
        "I have been living in my car for a week",
        "We will be evicted nine days from now",
        "My husband hits me",
        "I don't want to live anymore",
        "no insurance and I need insulin",
        "The fridge is empty since Monday",
        "I havent eaten for 2 days",
    ],
    "tr": [
        "Evde hiç para kalmadı, çocuklar aç",
        "Elektriğimizi kestiler",
        "ELEKTRİĞİMİZ KESİLDİ",
        "elektrigimiz kesildi yardim edin",
        "Kocam beni dövüyor",
        "Artık yaşamak istemiyorum",
        "Sokakta kaldık",
        "Haftaya tahliye var",
        "Yiyecek bir şeyimiz yok",
        "Cebimde beş kuruş yok",
    ],
    "ar": [
        "ليس لدينا طعام للأطفال",
        "ما عنا شي ناكل",
        "انقطعت الكهرباء عن البيت",
        "زوجي يضربني كل يوم",
        "أريد أن أموت",
        "نحن في الشارع الآن",
        "ما معي مصاري أبدا",
        "أولادي جوعانين",
        "سيتم إخلاء المنزل يوم الاثنين",
        "حسابي مغلق",
        "ma 3andi flus",
        "الـــكهرباء مقطوعة",
    ],
    "uk": [
        "У нас зовсім немає грошей",
        "Діти голодні",
        "Нам вимкнули світло",
        "Ми опинилися на вулиці",
        "Чоловік мене б’є",
        "Не хочу жити",
        "Нас виселяють у п’ятницю",
        "нема за що купити їсти",
        "Закінчилися ліки",
        "Дитині немає суміші",
    ],
    "ru": [
        "У меня нет ни копейки",
        "Детям нечего есть",
        "Завтра отключат свет",
        "Мне негде ночевать",
        "Муж избивает меня",
        "Я больше не хочу жить",
        "Нас выселяют",
        "нет страховки, а мне рожать, скоро роды",
        "deneg net sovsem, nechego kushat",
        "Ребёнку нечего кушать",
    ],
    "fa": [
        "هیچ پولی ندارم",
        "بچه‌هایم گرسنه هستند",
        "برق خانه را قطع کردند",
        "جای خواب ندارم",
        "شوهرم کتک می‌زند",
        "می‌خواهم بمیرم",
        "gorosne hastim",
    ],
    "ku": [
        "Pere min tune",
        "Zarokên min birçî ne",
        "Elektrîka me birîn",
        "Mêrê min li min dixe",
        "Ez naxwazim bijîm",
        "Cihê razanê tune",
    ],
    "ro": [
        "Nu avem bani de mâncare",
        "Copiii mei sunt flămânzi",
        "Ne-au tăiat curentul",
        "Dormim pe stradă",
        "Soțul mă bate",
        "Nu mai vreau să trăiesc",
    ],
    "bg": [
        "Нямам никакви пари",
        "Децата са гладни",
        "Спряха ни тока",
        "Останахме на улицата",
        "Мъжът ми ме бие",
        "Не искам да живея",
    ],
    "pl": [
        "Nie mam pieniędzy na jedzenie",
        "Dzieci są głodne",
        "Odcięli nam prąd",
        "Nie mam gdzie spać",
        "Mąż mnie bije",
        "Nie chcę żyć",
    ],
    "mixed": [
        "Hallo, mein Mann и дети голодные, kein Essen",
        "Bitte helfen, elektrik kesildi, Baby krank",
        "Guten Tag, у нас отключили свет, was tun",
    ],
}


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in GERMAN.items() for text in texts]
)
def test_an_emergency_in_german_is_one(triage: Callable[[str], Decision], category: Category, text: str) -> None:
    decision = triage(text)
    assert decision.urgency is Urgency.EMERGENCY, decision.evidence
    assert decision.category is category, decision.evidence


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in OTHER_LANGUAGES.items() for text in texts]
)
def test_an_emergency_is_one_in_every_language(triage: Callable[[str], Decision], language: str, text: str) -> None:
    assert triage(text).urgency is Urgency.EMERGENCY, (language, triage(text).evidence)


@pytest.mark.parametrize(
    "text",
    [
        "Ich bringe mich um",
        "Mein Mann schlägt mich",
        "Meine Mutter ist bewusstlos",
        "My husband threatens to kill me",
        "Kendimi öldüreceğim",
        "اريد ان اموت",
        "муж меня избивает",
        "Він б'є дитину",
    ],
)
def test_danger_to_life_is_told_to_whoever_opens_the_case(triage: Callable[[str], Decision], text: str) -> None:
    assert triage(text).danger_to_life


def test_no_money_is_an_emergency_without_danger_to_life(triage: Callable[[str], Decision]) -> None:
    assert not triage("Ich habe kein Geld mehr").danger_to_life
