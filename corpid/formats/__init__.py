"""How pages write dates, by language: `{{ moment|date:"DATETIME_FORMAT" }}`, Hong Kong time."""
