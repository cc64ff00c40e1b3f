"""A backend for the real keyring program that keeps everything in one JSON file: `KEYRING_PROPERTY_PATH`."""

import json
import os

from keyring import backend, credentials, errors


class Keyring(backend.KeyringBackend):
    priority = 1
    path = ""

    def _entries(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def _write(self, entries):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(entries, file)

    def get_password(self, service, username):
        found = self.get_credential(service, username)
        return found and found.password

    def set_password(self, service, username, password):
        others = [entry for entry in self._entries() if entry[:2] != [service, username]]
        self._write([*others, [service, username, password]])

    def delete_password(self, service, username):
        others = [entry for entry in self._entries() if entry[:2] != [service, username]]
        if len(others) == len(self._entries()):
            raise errors.PasswordDeleteError("not there")
        self._write(others)

    def get_credential(self, service, username):
        for stored, user, password in self._entries():
            if stored == service and username in (None, user):
                return credentials.SimpleCredential(user, password)
        return None
