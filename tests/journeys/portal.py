"""A person before the portal: opens pages, reads them, fills in forms by their labels."""

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2

STEP = 30  # seconds (RFC 6238, section 4.1)
_ON_ITS_WAY = 10  # seconds that a code may take from here to where it is checked
_spent: dict[str, int] = {}


def one_time_code(secret: str) -> str:
    """Give a code that this secret has not given before; waits where the clock must move on.

    The portal takes each code once and one step ahead of its clock, so two proofs by one person
    in the same half minute use this step and the next. It has then learnt that this phone's
    clock is fast and takes none of the step before (RFC 6238, section 6): so a code that might
    arrive after its step is never given, but the next.
    """
    step = max(int(time.time() + _ON_ITS_WAY) // STEP, _spent.get(secret, 0) + 1)
    while step > int(time.time()) // STEP + 1:
        time.sleep(0.5)
    _spent[secret] = step
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFF_FFFF) % 1_000_000:06d}"


@dataclass
class Form:
    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names_by_label: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    boxes: dict[str, tuple[str, str]] = field(default_factory=dict)  # label -> name, value


class _Reader(HTMLParser):
    """Read forms, labels and text; enough of HTML for pages that are valid."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.title = ""
        self._ids: dict[str, tuple[str, str, str]] = {}
        self._label_for: str | None = None
        self._label: list[str] = []
        self._button: tuple[str, str] | None = None
        self._button_text: list[str] = []
        self._select = ""
        self._has_choice = False
        self._silent = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "title":
            self._in_title = True
        elif tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get").lower()))
        elif tag == "label":
            self._label_for, self._label = at.get("for"), []
        elif tag == "option" and self._select and self.forms:
            self._option(at)
        elif tag == "button":
            self._button, self._button_text = (at.get("name", ""), at.get("value", "")), []
        elif tag in {"input", "textarea", "select"} and self.forms:
            self._field(tag, at)

    def _field(self, tag: str, at: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], at.get("name", ""), at.get("type", "text")
        if "id" in at:
            self._ids[at["id"]] = (name, kind, at.get("value", "on"))
        if tag == "select":
            self._select, self._has_choice = name, False
            return
        if not name or "disabled" in at:
            return
        if kind == "file":
            form.files.add(name)
        elif kind in {"checkbox", "radio"}:
            if "checked" in at:
                form.values.append((name, at.get("value", "on")))
        elif kind == "submit":
            form.buttons[at.get("value", "")] = (name, at.get("value", ""))
        else:
            form.values.append((name, at.get("value", "")))

    def _option(self, at: dict[str, str]) -> None:
        """Choose as a browser does: the selected option, else the first."""
        values = self.forms[-1].values
        if "selected" in at and self._has_choice:
            values.pop()
        if "selected" in at or not self._has_choice:
            values.append((self._select, at.get("value", "")))
            self._has_choice = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1
        elif tag == "title":
            self._in_title = False
        elif tag == "label" and self.forms and self._label_for:
            label = " ".join("".join(self._label).split())
            self.forms[-1].names_by_label[label] = self._label_for
            self._label_for = None
        elif tag == "button" and self._button is not None and self.forms:
            self.forms[-1].buttons[" ".join("".join(self._button_text).split())] = self._button
            self._button = None
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._in_title:
            self.title += data
            return
        if self._label_for is not None:
            self._label.append(data)
        if self._button is not None:
            self._button_text.append(data)
        self.text.append(data)

    def finish(self) -> None:
        for form in self.forms:
            for label, target in list(form.names_by_label.items()):
                name, kind, value = self._ids.get(target, (target, "text", ""))
                form.names_by_label[label] = name
                if kind in {"checkbox", "radio"}:
                    form.boxes[label] = (name, value)


@dataclass
class Page:
    portal: "Portal"
    url: str
    status: int
    text: str
    title: str
    forms: list[Form]
    html: str

    def form_with(self, button: str) -> Form:
        """Find the form that has this button."""
        for form in self.forms:
            if button in form.buttons:
                return form
        offered = [name for form in self.forms for name in form.buttons]
        raise AssertionError(f"no button {button!r} among {offered} on {self.url}: {self.text}")

    def press(
        self, button: str, *, files: dict[str, Any] | None = None, **fields: str | bool
    ) -> "Page":
        """Fill in fields by label (underscores for spaces) and press the button."""
        form = self.form_with(button)
        values = [*form.values]
        for spoken, value in fields.items():
            label = self._label(form, spoken)
            name, own = form.boxes.get(label, (form.names_by_label[label], ""))
            if value is False:
                values = [pair for pair in values if pair != (name, own)]
            else:
                values = [pair for pair in values if pair[0] != name]
                values.append((name, own if value is True else str(value)))
        name, value = form.buttons[button]
        if name:
            values.append((name, value))
        return self.portal.send(form, urljoin(self.url, form.action or self.url), values, files)

    def _label(self, form: Form, spoken: str) -> str:
        wanted = spoken.replace("_", " ").lower()
        for label in form.names_by_label:
            if label.lower().replace("-", " ").startswith(wanted):
                return label
        raise AssertionError(f"no field {wanted!r} among {list(form.names_by_label)}")


class Portal:
    """One browser: cookies, redirects, a language."""

    def __init__(self, base_url: str, *, language: str = "en") -> None:
        self.base_url = base_url
        self.http = httpx2.Client(
            base_url=base_url,
            follow_redirects=False,
            timeout=30,
            headers={"Accept-Language": language, "Accept": "text/html"},
        )

    def open(self, address: str) -> Page:
        return self._follow(self.http.get(address))

    def send(
        self, form: Form, address: str, values: list[tuple[str, str]], files: Any = None
    ) -> Page:
        fields: dict[str, list[str]] = {}
        for name, value in values:
            fields.setdefault(name, []).append(value)
        if form.method == "get":
            return self._follow(self.http.get(address, params=fields))
        headers = {"Referer": address, "Origin": self.base_url}
        return self._follow(self.http.post(address, data=fields, files=files, headers=headers))

    def sign_in(self, person: dict[str, Any], *, page: Page | None = None) -> Page:
        page = page or self.open("/sign-in")
        return page.press(
            "Sign in",
            Email=person["email"],
            Password=person["password"],
            One_time_code=one_time_code(person["totp_secret"]),
        )

    def _follow(self, response: httpx2.Response) -> Page:
        """Follow redirects inside the portal; one that leaves it is where the page ends."""
        for _ in range(10):
            if response.status_code not in {301, 302, 303, 307, 308}:
                break
            target = urljoin(str(response.url), response.headers["Location"])
            if not target.startswith(self.base_url + "/") and target != self.base_url:
                return Page(self, target, response.status_code, "", "", [], "")
            response = self.http.get(target)
        reader = _Reader()
        is_html = response.headers.get("Content-Type", "").startswith("text/html")
        if is_html:
            reader.feed(response.text)
            reader.finish()
        return Page(
            self,
            str(response.url),
            response.status_code,
            " ".join("".join(reader.text).split()),
            reader.title.strip(),
            reader.forms,
            response.text if is_html else "",
        )
