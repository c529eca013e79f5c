# SPDX-License-Identifier: GPL-2.0-only
"""Runs a list of commands in one guest and gives what each of them printed and how it ended. See tests/batch.c for the
guest's half."""
import dataclasses
import re

from . import OUT, SLOWER, machine

SILENCE_SECONDS = 60
MOST_BOOTS = 12
END = re.compile(r'^@@END (\S+) (.*)$')


@dataclasses.dataclass(frozen=True)
class Command:
    name: str
    argv: tuple
    seconds: int = 30


@dataclasses.dataclass
class Outcome:
    """What a command printed, and its end in words: `exit N`, `signal N`, `timeout`; or what became of the guest."""
    text: str
    end: str

    def lines(self):
        return [*self.text.splitlines(), f'[{self.end}]']


def on_guest(tree, commands, **options):
    """Runs the commands in guests; returns {name: Outcome}. When one takes the guest down, the next boot goes on after
    it, so that one fault hides nothing else."""
    outcomes, left = {}, list(commands)
    for _ in range(MOST_BOOTS):
        if not left:
            break
        text, status = _boot(tree, left, options)
        done, unfinished = parse(text)
        outcomes.update(done)
        left = [command for command in left if command.name not in outcomes]
        if left:
            name = unfinished[0] if unfinished else left[0].name
            how = 'the guest hung' if status is None else f'the guest ended (QEMU status {status})'
            outcomes[name] = Outcome(unfinished[1] if unfinished else text[-3000:], how)
            left = [command for command in left if command.name != name]
    for command in left:
        outcomes[command.name] = Outcome('', 'not run: the guest ended too often')
    return outcomes


def _boot(tree, commands, options):
    write_list(tree, commands)
    append = f'rdinit=/tests/batch {options.get("append", "")}'
    argv = machine.command(tree.write_archive(), **{**options, 'append': append})
    longest = max(command.seconds for command in commands)
    return machine.run_to_end(argv, sum(command.seconds for command in commands) + 60,
                              max(SILENCE_SECONDS, longest + 20))


def write_list(tree, commands):
    """Puts the commands, and the program that runs them, into a tree."""
    tree.add_program(OUT / 'batch', 'tests/batch')
    tree.add_text('tests/list', ''.join('\t'.join([command.name, str(command.seconds * SLOWER), *command.argv]) + '\n'
                                        for command in commands))


def parse(text):
    """What a console said: the finished commands' outcomes, and (name, text so far) of one that did not finish."""
    outcomes, name, lines = {}, None, []
    for line in text.splitlines():
        end = END.match(line)
        if line.startswith('@@BEGIN '):
            name, lines = line[8:], []
        elif end and end[1] == name:
            outcomes[name], name = Outcome('\n'.join(lines), end[2]), None
        else:
            lines.append(line)
    return outcomes, (name, '\n'.join(lines)) if name else None
