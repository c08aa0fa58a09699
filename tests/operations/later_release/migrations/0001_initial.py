from importlib import import_module

Migration = import_module("corpid.files.migrations.0001_initial").Migration
