"""A wrong setting is refused with a sentence that names it, and no secret is ever echoed."""

import base64
from pathlib import Path

import pytest
from pydantic import Field

from services.chassis.connection import connection
from services.chassis.settings import Settings, SettingsRefused

KEY = base64.b64encode(b"k" * 32).decode()
SECRET = "hunter2-geheim"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415 - for the names only

    for name in [name for name in os.environ if name.startswith("RUECKRUF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUECKRUF_VAULT_KEYS", f"2026:{KEY}")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUECKRUF_TOPIC_PREFIX", "west.")
    monkeypatch.setenv("RUECKRUF_OFFICES", "/etc/offices")
    settings = Settings.load()
    assert (settings.topic_prefix, settings.offices) == ("west.", Path("/etc/offices"))


def test_several_keys_keep_their_order_so_that_the_first_one_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUECKRUF_VAULT_KEYS", f" new:{KEY} , old:{base64.b64encode(b'o' * 32).decode()},")
    assert list(Settings.load().vault_keys.items()) == [("new", b"k" * 32), ("old", b"o" * 32)]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HTTP_PORT", "99999", "less than or equal to 65535"),
        ("HTTP_PORT", SECRET, "valid integer"),
        ("LOG_FORMAT", SECRET, "'json' or 'console'"),
        ("KAFKA_TLS", SECRET, "boolean"),
        ("VAULT_KEYS", SECRET, "name:base64 of 32 bytes"),
        ("VAULT_KEYS", f"a:{KEY[:-8]}", "name:base64 of 32 bytes"),
        ("VAULT_KEYS", f":{KEY}", "name:base64 of 32 bytes"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_echoed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"RUECKRUF_{name}", value)
    with pytest.raises(SettingsRefused) as refused:
        Settings.load()
    assert f"RUECKRUF_{name}" in str(refused.value)
    assert says in str(refused.value)
    assert SECRET not in str(refused.value)
    assert KEY[:-8] not in str(refused.value)


def test_a_setting_that_is_no_json_where_json_is_read_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WithList(Settings):
        hosts: list[str] = Field(default=[])

    monkeypatch.setenv("RUECKRUF_HOSTS", SECRET)
    with pytest.raises(SettingsRefused, match="hosts") as refused:
        WithList.load()
    assert SECRET not in str(refused.value)


def test_without_a_vault_key_no_service_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUECKRUF_VAULT_KEYS")
    with pytest.raises(SettingsRefused, match="RUECKRUF_VAULT_KEYS"):
        Settings.load()


def test_settings_that_are_printed_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUECKRUF_MONGO_URL", f"mongodb://root:{SECRET}@127.0.0.1/")
    monkeypatch.setenv("RUECKRUF_KAFKA_USERNAME", SECRET)
    settings = Settings.load()
    assert SECRET not in f"{settings} {settings!r}"
    assert "kkkk" not in f"{settings} {settings!r}"


@pytest.mark.parametrize(
    ("tls", "user", "protocol"),
    [(False, None, "PLAINTEXT"), (True, None, "SSL"), (False, "u", "SASL_PLAINTEXT"), (True, "u", "SASL_SSL")],
)
def test_every_way_to_reach_kafka_follows_from_the_settings(tls: bool, user: str | None, protocol: str) -> None:
    settings = Settings.load(kafka_tls=tls, kafka_username=user, kafka_password=user)
    arguments = connection(settings)
    assert arguments["security_protocol"] == protocol
    assert ("ssl_context" in arguments) is tls
    assert ("sasl_plain_password" in arguments) is (user is not None)
