"""Apache Kafka as one process (KRaft, broker and controller in one), through Java and Maven."""

import asyncio
import base64
import fcntl
import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path

from typing_extensions import override

from deploy.local.servers.kafka_protocol import ask_broker
from deploy.local.servers.port import ServerMissingError, ServerStartError
from deploy.local.servers.process import ServerProcess

HERE = Path(__file__).parent
POM = HERE / "kafka-pom.xml"
LOGGING = HERE / "kafka-log4j2.properties"
JAVA_NEEDED = 17
RESOLVE_WITHIN_SECONDS = 600


class ApacheKafka(ServerProcess):
    """One node of Apache Kafka on loopback; topics are made on purpose only, records survive a kill."""

    ports_needed = 2
    idempotent = True
    durable = True

    @property
    @override
    def name(self) -> str:
        return f"Apache Kafka {kafka_version()}"

    @property
    def address(self) -> str:
        """The bootstrap server."""
        return f"127.0.0.1:{self.port}"

    @override
    async def _prepare(self) -> list[str]:
        java = await asyncio.to_thread(find_java)
        libraries = await asyncio.to_thread(kafka_libraries)
        settings = self.directory / "server.properties"
        text = "".join(f"{key}={value}\n" for key, value in self._settings().items())
        settings.write_text(text, encoding="utf-8")
        run = [java, f"-Dlog4j2.configurationFile={LOGGING}", "-cp", f"{libraries}/*"]
        if not (self.data / "meta.properties").exists():
            await asyncio.to_thread(self._format, run, settings)
        return [*run, "-Xms256m", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "kafka.Kafka", str(settings)]

    @override
    async def _answers(self) -> bool:
        answer = await ask_broker(self.address)
        return answer is not None and answer.nodes > 0

    def _format(self, run: list[str], settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ["kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}", "-c", str(settings)]
        told = subprocess.run([*run, *tool], capture_output=True, text=True, check=False)
        if told.returncode:
            raise ServerStartError(f"Apache Kafka could not format {self.data}: {told.stdout}{told.stderr}")

    def _settings(self) -> dict[str, str]:
        broker, controller = self._all_ports()
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.data),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After a kill the controller waits for the old session to end before it lets the node in again:
            # 2 s instead of 9 s is most of the restart.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "500",
        }


def kafka_version() -> str:
    """The version that `kafka-pom.xml` names."""
    found = re.search(r"<kafka\.version>([^<]+)<", POM.read_text(encoding="utf-8"))
    if not found:
        raise ServerMissingError(f"{POM.name} names no kafka.version.")
    return found[1]


def find_java() -> str:
    """The path of a Java that Kafka runs on: JAVA_HOME wins over PATH.

    Raises:
        ServerMissingError: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    needed = f"Apache Kafka needs Java {JAVA_NEEDED} or newer (Debian: `apt install default-jre-headless maven`)"
    if not java:
        raise ServerMissingError(f"{needed}; there is no `java` on PATH.")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if not found or int(found[1]) < JAVA_NEEDED:
        raise ServerMissingError(f"{needed}; {java} says: {told.strip() or 'nothing'}.")
    return java


def kafka_libraries() -> Path:
    """The directory of Kafka's jars in the user's cache, fetched through Maven once a version.

    Raises:
        ServerMissingError: Maven is not there or could not fetch them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rueckruf"
    libraries = cache / f"kafka-{kafka_version()}"
    if libraries.is_dir():
        return libraries
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not libraries.is_dir():
            _fetch(libraries)
    return libraries


def _fetch(libraries: Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise ServerMissingError(
            "Apache Kafka is fetched through Maven (Debian: `apt install maven`); no `mvn` on PATH."
        )
    half = libraries.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={half}"]
    told = subprocess.run(
        [maven, "-q", "-B", "-f", str(POM), *goal],
        capture_output=True,
        text=True,
        check=False,
        timeout=RESOLVE_WITHIN_SECONDS,
    )
    if told.returncode or not any(half.glob("kafka_*.jar")):
        raise ServerMissingError(
            f"Maven could not fetch Apache Kafka {kafka_version()}: {told.stdout[-2000:]}{told.stderr}"
        )
    half.rename(libraries)
