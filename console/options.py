"""Settings as options: what ``study.settings`` describes becomes click's options, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from console.talk import Run
from geo.errors import GeoError
from layers import registry
from study.choices import COMMANDS, Command, layer_help, load_project
from study.settings import OutSettings, SaySettings, Setting, SettingError, default, settings_of

if TYPE_CHECKING:
    from layers.project import Project
    from study.study import Study

_METAVARS = {"wards": "PATH", "incidents": "PATH", "focal_points": "[KIND=]FILE"}
GROUPS = ("Main", "Settings", "Files", "Output", "Expert")


class StudyCommand(click.Command):
    """A command whose options come from the settings it uses, made when they are looked at; its help is in groups."""

    def __init__(self, name: str, spec: Command, arguments: Sequence[click.Argument], **more: Any) -> None:
        self._made: list[click.Parameter] | None = None
        self._spec, self._arguments = spec, arguments
        super().__init__(name, **more)

    @property
    def params(self) -> list[click.Parameter]:  # type: ignore[override]
        """Its arguments and options."""
        if self._made is None:
            self._made = [*self._arguments, *options_of(self._spec)]
        return self._made

    @params.setter
    def params(self, _: Any) -> None:
        """Click sets an empty list."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group."""
        rows: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
        for param in self.get_params(ctx):
            row = param.get_help_record(ctx)
            if row is not None:
                rows[getattr(param, "group", "Output")].append(row)
        for name, held in rows.items():
            if held:
                with formatter.section(name):
                    formatter.write_dl(held)


class SettingOption(click.Option):
    """An option that stands for a setting or a layer; ``group``: where help shows it."""

    def __init__(self, *args: Any, group: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.group = group


def command(
    group: click.Group, name: str, body: Callable[..., None], *, arguments: tuple[click.Argument, ...] = ()
) -> click.Command:
    """Add to ``group`` the command that ``study.choices.COMMANDS`` describes under its full name.

    ``body`` is called with the Study and the command's arguments. What is typed, geo.toml and the defaults have been
    put together before, and what cannot be used has been refused.
    """
    spec = COMMANDS[name]

    @click.pass_context
    def run(ctx: click.Context, /, **given: Any) -> None:
        own = {argument.name: given[argument.name] for argument in arguments if argument.name}
        try:
            body(open_study(ctx, name, given), **own)
        except SettingError as error:
            raise wrong_use(ctx, error) from None

    made = StudyCommand(
        name.split()[-1],
        spec,
        arguments,
        callback=run,
        help=body.__doc__,
        context_settings={"max_content_width": 110},
    )
    group.add_command(made)
    return made


def options_of(spec: Command) -> Iterator[click.Option]:
    """Yield the options of a command: its project, its settings, its layers."""
    yield SettingOption(
        ["--project"],
        metavar="FILE",
        group="Main",
        help="A geo.toml with layers and settings; ./geo.toml is used if it is there.",
    )
    for name in spec.layers:
        flag = spec.also.get(name, name).replace("_", "-")
        yield SettingOption(
            [f"--{flag}", f"layer_{name}"],
            metavar=_METAVARS.get(name, "FILE"),
            multiple=registry.layer(name).many,
            group="Main" if name in ("wards", "incidents") else "Files",
            help=layer_help(name),
        )
    for cls in spec.settings:
        for name, one in settings_of(cls).items():
            yield _option(name, one, default(cls, name))


def _option(name: str, one: Setting, value: Any) -> click.Option:
    flag = f"--{name.replace('_', '-')}"
    if one.kind == "flag":
        return SettingOption([flag, name], is_flag=True, default=None, group=one.group, help=one.help)
    limits = one.range()
    more = [text for text in (limits, _shown(one, value)) if text]
    words = f"{one.help}  [{'; '.join(more)}]" if more else one.help
    return SettingOption([flag, name], metavar=one.written(), multiple=one.several, group=one.group, help=words)


def _shown(one: Setting, value: Any) -> str:
    """Return the default as help says it; nothing where nothing is the default."""
    if value is None:
        return f"default: {one.word}" if one.word else ""
    if value in ((), ""):
        return ""
    if isinstance(value, tuple):
        return f"default: {', '.join(value)}"
    return f"default: {value:g}" if isinstance(value, float) else f"default: {value}"


def open_study(ctx: click.Context, name: str, given: Mapping[str, Any]) -> Study:
    """Return the Study of a run: its geo.toml, and over it what was typed. Says which project is used."""
    spec = COMMANDS[name]
    typed = {key: value for key, value in given.items() if _was_typed(ctx, key)}
    layers = {key.removeprefix("layer_"): value for key, value in typed.items() if key.startswith("layer_")}
    for key, value in layers.items():
        if any(not str(one).strip() for one in (value if isinstance(value, tuple) else (value,))):
            raise SettingError(key, "an empty name was given.")
    project = project_of(given.get("project"))
    run = Run(quiet=bool(typed.get("quiet")))
    from study.study import study_of

    study = study_of(name, project, typed, layers, listener=run)
    own = study.settings(spec.own)
    assert isinstance(own, SaySettings)
    run.quiet, run.verbose, run.as_json = own.quiet, getattr(own, "verbose", True), own.json
    missing = [layer for layer in spec.needs if study.path(layer) is None]
    if missing:
        flag = spec.also.get(missing[0], missing[0]).replace("_", "-")
        raise click.UsageError(f"Missing option '--{flag}'.")
    for cls in (*spec.settings, *spec.uses):
        study.settings(cls)  # all of them refused before anything is read
    if isinstance(own, OutSettings) and (project.layers or project.settings):
        run.say(f"Project: {project.path}")
    return study


def _was_typed(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def project_of(named: str | None) -> Project:
    """Return the project that was named, else the one in this folder, else an empty one."""
    from layers.project import FILE_NAME

    if named is None:
        return load_project(FILE_NAME if Path(FILE_NAME).is_file() else None)
    path = Path(named)
    return load_project(path / FILE_NAME if path.is_dir() else path)


def wrong_use(ctx: click.Context, error: SettingError) -> click.UsageError:
    """Return the error as click says it: about the option where it was typed, else about where it stands."""
    said = "\n".join(re.sub(r"`([a-z-]+)`", r"--\1", part) for part in error.marked if part)
    names = {param.name for param in ctx.command.params}
    name = error.name if error.name in names else f"layer_{error.name}"
    if name in names and _was_typed(ctx, name):
        option = error.name.replace("_", "-")
        return click.BadParameter(said.removeprefix(f"{option}: "), ctx=ctx, param_hint=f"'--{option}'")
    return click.UsageError(said, ctx=ctx)


def every_command(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command and group below ``group`` by its full name, as ``hotspots`` and ``workshop collect``."""
    for name, one in group.commands.items():
        yield " ".join((*before, name)), one
        if isinstance(one, click.Group):
            yield from every_command(one, *before, name)


__all__ = ["GeoError", "StudyCommand", "command", "every_command", "project_of"]
