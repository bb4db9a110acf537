"""C exports compiled by the system's compiler and fed from Python."""

import shutil
import subprocess

import numpy as np
import pytest

HARNESS = """
#include "gs_phase.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    static gs_phase s;
    gs_phase_output out = {-1, 0, 0, 0, {0, 0, 0, 0}, 1, 0, 0};
    float row[7], rotation[9];
    int i;
    gs_phase_init(&s, argc > 1 && argv[1][0] == 'l');
    if (argc > 11) {
        for (i = 0; i < 9; i++)
            rotation[i] = (float)atof(argv[2 + i]);
        if (argv[11][0] == 'm')
            gs_phase_mount(&s, rotation);
        else
            fprintf(stderr, "%d", gs_phase_level(&s, rotation, rotation + 3));
    }
    while (fread(row, sizeof(float), 7, stdin) == 7) {
        float said[12];
        gs_phase_lost(&s, (int)row[6]);
        said[0] = (float)gs_phase_push(&s, row, &out);
        said[1] = out.percent; said[2] = out.p_stance; said[3] = out.p_walking;
        said[4] = out.confidence;
        for (i = 0; i < 4; i++) said[5 + i] = out.raw[i];
        said[9] = (float)out.stance; said[10] = (float)out.walking;
        said[11] = said[0] > 0 ? (float)out.event : 0;
        fwrite(said, sizeof(float), 12, stdout);
    }
    fprintf(stderr, " %lu", (unsigned long)sizeof s);
    return 0;
}
"""
COLUMNS = ("ticks", "percent", "p_stance", "p_walking", "confidence", "sin", "cos", "l_stance",
           "l_walking", "stance", "walking", "event")  # fmt: skip


def compiler():
    """A C compiler; the test is skipped where there is none."""
    found = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if found is None:
        pytest.skip("no C compiler here")
    return found


def build(folder):
    """The export in `folder`, with the harness, as a program."""
    (folder / "main.c").write_text(HARNESS)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
    done = subprocess.run([compiler(), *flags, "gs_phase.c", "main.c", "-lm", "-o", "run"],
                          cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "run"


def feed(program, samples, lost=None, arguments=("r",)):
    """The answers to each sample as a dict of columns, and what was said on standard error."""
    rows = np.zeros((len(samples), 7), np.float32)
    rows[:, :6] = samples
    rows[:, 6] = 0 if lost is None else lost
    done = subprocess.run([program, *map(str, arguments)], input=rows.tobytes(), capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0
    table = np.frombuffer(done.stdout, np.float32).reshape(-1, 12)
    assert len(table) == len(samples)
    return dict(zip(COLUMNS, table.T, strict=True)), done.stderr.decode()
