"""The keys of a Serverless Devs v3 file.

https://github.com/Serverless-Devs/Serverless-Devs/blob/master/docs/en/yaml.md.
"""

from __future__ import annotations

from fc3lint.fields import UNSET, Model


class Step(Model):
    """A step of an action."""

    run: str = UNSET
    path: str = UNSET
    component: str = UNSET
    plugin: str = UNSET
    args: object = UNSET


class Extend(Model):
    """The template that a resource extends."""

    name: str
    ignore: list[str] = UNSET


class Resource(Model):
    """A resource; its properties are a `Function` if the component is fc3."""

    component: str
    props: dict[object, object]
    actions: dict[object, object] = UNSET
    extend: Extend = UNSET
    access: str = UNSET
    flow: object = UNSET


class File(Model):
    """A whole file."""

    edition: object
    name: str
    resources: dict[object, object]
    access: str = UNSET
    vars: dict[object, object] = UNSET
    template: dict[object, object] = UNSET
    actions: dict[object, object] = UNSET
    extend: str = UNSET
    env: str = UNSET
    flow: object = UNSET
    plugins: object = UNSET
