"""The body in MuJoCo: poses, inverse dynamics, and the floor's forces on simulated feet.

MuJoCo is asked for where it is used: ``pip install gaitsmith[physics]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.body.mjcf import Layout, Mjcf
from gaitsmith.body.motion import Motion
from gaitsmith.errors import GaitsmithError

__all__ = ["Simulation", "load_mujoco"]

Array = npt.NDArray[np.float64]


def load_mujoco() -> Any:
    """The ``mujoco`` module.

    Raises
    ------
    GaitsmithError
        Where it is not installed.
    """
    try:
        import mujoco
    except ImportError as error:
        raise GaitsmithError("MuJoCo is not installed", place="import mujoco",
                             remedy='pip install "gaitsmith[physics]"') from error  # fmt: skip
    return mujoco


@dataclass(frozen=True, eq=False)
class Simulation:
    """A compiled model with its state; ``Simulation.of(to_mjcf(body))``.

    Attributes
    ----------
    model, data
        MuJoCo's own ``MjModel`` and ``MjData``.
    layout
        How the body's coordinates become the model's.
    """

    model: Any
    data: Any
    layout: Layout

    @classmethod
    def of(cls, document: Mjcf) -> Simulation:
        """Compile a document.

        Raises
        ------
        GaitsmithError
            Where MuJoCo refuses the model, with its words.
        """
        mujoco = load_mujoco()
        try:
            model = mujoco.MjModel.from_xml_string(document.text)
        except ValueError as error:
            raise GaitsmithError("MuJoCo refuses the model", place=document.layout.body.name,
                                 found=str(error)) from error  # fmt: skip
        return cls(model, mujoco.MjData(model), document.layout)

    def rest(self) -> None:
        """Put the body at its resting values, at rest."""
        load_mujoco().mj_resetDataKeyframe(self.model, self.data, 0)

    def place(self, values: Array) -> tuple[Array, Array]:
        """Rotation and origin of each segment (segment × time × 3 × 3, segment × time × 3)."""
        mujoco, body = load_mujoco(), self.layout.body
        qpos = self.layout.state(values)[0]
        at = [self.model.body(s.name).id for s in body.segments]
        rotation = np.empty((len(at), len(qpos), 3, 3))
        origin = np.empty((len(at), len(qpos), 3))
        for i, q in enumerate(qpos):
            self.data.qpos[:] = q
            mujoco.mj_kinematics(self.model, self.data)
            rotation[:, i] = self.data.xmat[at].reshape(-1, 3, 3)
            origin[:, i] = self.data.xpos[at]
        return rotation, origin

    def inverse(self, motion: Motion) -> Array:
        """Generalised forces (time × coordinate) that a motion takes without outer forces.

        Contacts, ties and limits are left out: it is the same quantity as
        ``inverse_dynamics(motion).generalised``.
        """
        mujoco = load_mujoco()
        qpos, qvel, qacc = self.layout.state(motion.pose.values, motion.speed, motion.acceleration)
        out = np.empty_like(qpos)
        before = self.model.opt.disableflags
        off = mujoco.mjtDisableBit
        self.model.opt.disableflags = int(off.mjDSBL_CONSTRAINT) | int(off.mjDSBL_CONTACT)
        try:
            for i in range(len(qpos)):
                self.data.qpos[:], self.data.qvel[:], self.data.qacc[:] = qpos[i], qvel[i], qacc[i]
                mujoco.mj_inverse(self.model, self.data)
                out[i] = self.data.qfrc_inverse + self.data.qfrc_passive
        finally:
            self.model.opt.disableflags = before
        return self.layout.generalised(out, motion.pose.values)

    def step(self, seconds: float) -> None:
        """Let time pass."""
        mujoco = load_mujoco()
        for _ in range(round(seconds / self.model.opt.timestep)):
            mujoco.mj_step(self.model, self.data)

    def floor_forces(self) -> dict[str, Array]:
        """The floor's force on each foot now, as a row of a forces stream (7 numbers).

        Force (N), centre of pressure on the floor (m, NaN without contact), free moment (N·m).
        """
        mujoco = load_mujoco()
        force = {f"foot_{s}": np.zeros(3) for s in ("r", "l")}
        moment = {f"foot_{s}": np.zeros(3) for s in ("r", "l")}
        for number in range(self.data.ncon):
            contact = self.data.contact[number]
            names = [self.model.geom(int(g)).name for g in contact.geom]
            foot = next((n.split(":")[0] for n in names if n.startswith("foot_")), None)
            if foot is None:
                continue
            local = np.zeros(6)
            mujoco.mj_contactForce(self.model, self.data, number, local)
            # The contact's frame has its axes as rows and acts on the second geom.
            frame = np.array(contact.frame).reshape(3, 3)
            sign = 1.0 if names[1].startswith("foot_") else -1.0
            push = sign * frame.T @ local[:3]
            force[foot] += push
            moment[foot] += np.cross(contact.pos, push) + sign * frame.T @ local[3:]
        out = {}
        for foot, f in force.items():
            m, row = moment[foot], np.full(7, np.nan)
            row[:3], row[6] = f, 0.0
            if f[1] > 1e-9:
                x, z = m[2] / f[1], -m[0] / f[1]
                row[3:6], row[6] = (x, 0.0, z), m[1] - (z * f[0] - x * f[2])
            out[foot] = row
        return out
