"""The sandbox's world: seeded companies and persons, register simulator, mail catcher."""
