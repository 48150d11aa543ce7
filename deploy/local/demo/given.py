"""Where the demo runs on somebody else's servers: names of its own, and nothing left behind."""

from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.demo.channels import kafka
from deploy.local.installation import Installation


def names_of(run: str) -> dict[str, str]:
    """Return the settings that keep a run apart from everything else on the same servers."""
    return {"RUECKRUF_TOPIC_PREFIX": f"{run}.", "RUECKRUF_MONGO_DATABASE": run.replace("-", "_")}


async def forget(installation: Installation) -> None:
    """Delete the run's topics and databases on servers that go on running; embedded ones end with their data."""
    names = installation.environment()
    if installation.broker.pid is None:
        admin = AIOKafkaAdminClient(**kafka(installation))
        await admin.start()
        try:
            prefix = names["RUECKRUF_TOPIC_PREFIX"]
            await admin.delete_topics([topic for topic in await admin.list_topics() if topic.startswith(prefix)])
        finally:
            await admin.close()
    if installation.mongo.pid is None:
        client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(installation.mongo.address)
        try:
            for name in await client.list_database_names():
                if name.startswith(names["RUECKRUF_MONGO_DATABASE"]):
                    await client.drop_database(name)
        finally:
            client.close()
