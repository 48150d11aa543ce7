"""The servers Rückruf stands on, run as child processes: MongoDB, the embedded broker, Apache Kafka.

Every server has the same small port (`Server`), keeps its files below one directory, and ends with its
parent, however the parent ends.
"""

from deploy.local.servers.choice import GivenBroker, GivenMongo, choose_broker, choose_mongo
from deploy.local.servers.kafka import ApacheKafka
from deploy.local.servers.mongo import EmbeddedMongo
from deploy.local.servers.port import Broker, Database, Server, ServerMissingError, ServerStartError
from deploy.local.servers.tansu import EmbeddedBroker

__all__ = [
    "ApacheKafka",
    "Broker",
    "Database",
    "EmbeddedBroker",
    "EmbeddedMongo",
    "GivenBroker",
    "GivenMongo",
    "Server",
    "ServerMissingError",
    "ServerStartError",
    "choose_broker",
    "choose_mongo",
]
