"""What all services stand on: it knows Kafka and MongoDB, but no callback and no topic."""
