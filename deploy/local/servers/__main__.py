"""Fetch Apache Kafka before something with a time limit needs it: `python -m deploy.local.servers`."""

from deploy.local.servers.kafka import find_java, kafka_libraries

if __name__ == "__main__":
    print(f"Java: {find_java()}\nApache Kafka: {kafka_libraries()}")
