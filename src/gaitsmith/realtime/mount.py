"""How a foot sensor sits, found while it streams: up from standing, forward from the first swings.

The models want x forward, y up, z to the person's right at rest (:mod:`gaitsmith.gait.imu`).
Either the mounting is declared (a rotation is taken as it is; named axes are rough: gravity while the
foot rests makes them level, and forward is as declared), or

1. the foot stands still (3 s are asked for, :data:`STAND_S` suffice); the mean acceleration is up, and its size tells
   whether the unit is right;
2. the person walks; the level axis that the foot swings about (largest second moment of the
   level rates) is lateral. Its sign is that of the largest turns (the swing is forward and the
   largest turn of a stride; the turn that follows a rest is the heel rising, backward), as
   off-line in :func:`gaitsmith.gait.imu.mediolateral`.

The axis goes on being followed, slowly, swing by swing; each later standing still levels anew.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["READY", "SETTLING", "STANDING", "STAND_S", "Mount", "mounting_rotation"]

Array = npt.NDArray[np.float64]

#: Standing still so long (s) tells up: of the 3 s that a person is asked for, what is left when the
#: ends are not quite still.
STAND_S = 2.5
#: Waiting for standing; up known, waiting for the first swings; known.
STANDING, SETTLING, READY = 0, 1, 2

# Standing: rate below (deg/s), acceleration within (m/s²) of where it was when standing began;
# the same as off-line (``gait.imu``).
_STILL_RATE, _STILL_ACC = 20.0, 1.0
# A declared mounting is made level by rests of at least so long (s), once they last so long in all;
# it may be off by 50 deg (a shoe's slope, the curve of an instep), as off-line.
_FLAT_S, _REST_ENOUGH_S, _OFF_COSINE = 0.2, 0.5, math.cos(math.radians(50.0))
# A scale that is off by more is another unit.
_REST_TOLERANCE = 0.08
# The foot turns (deg/s); rests (deg/s, s) before the heel rises; a turn that counts (deg).
_TURNING, _REST_RATE, _REST_S, _TURN = 40.0, 25.0, 0.08, 15.0
# Turned so much in all (deg; a stride turns a foot by some 180) and so sure of the sign: known.
_ENOUGH, _SURE = 250.0, 0.6
# A heel rises by so much (deg); a foot that fidgets before walking does not. The swing is the largest
# turn of a stride; another stride's is at least this share of it.
_RISE, _WHOLE = 40.0, 0.8
# Each turn's share of what is remembered of the axis: about the last 25 strides.
_FORGET = 0.01
# Walking (the size of the acceleration off its mean of the last seconds by this share, for so many
# ticks) whose rate stays below this is in rad/s; no gyroscope reads more than the other.
_MOVING, _MOVING_TICKS, _LEAST_RATE = 0.4, 100, 25.0
_MOST_RATE, _WILD_TICKS, _CHECKED_TICKS = 6000.0, 20, 1000


def mounting_rotation(mounting: str | npt.ArrayLike) -> Array:
    """Rotation (3 × 3) from sensor axes to x forward, y up, z right.

    Parameters
    ----------
    mounting
        ``"forward=+x, up=+z"``: which sensor axis (x, y or z, with its sign) points forward and
        which up while the foot is flat; or the rotation itself.

    Raises
    ------
    GaitsmithError
        Where it is neither.
    """
    wrong = GaitsmithError(
        "not a mounting", place="argument mounting", found=mounting,
        expected='"forward=+x, up=+z", or a rotation (3 × 3, determinant 1)',
    )  # fmt: skip
    if isinstance(mounting, str):
        said: dict[str, Array] = {}
        for part in mounting.split(","):
            name, _, axis = part.partition("=")
            axis = axis.strip().lower()
            sign = -1.0 if axis.startswith("-") else 1.0
            letter = axis.lstrip("+-")
            if name.strip() not in ("forward", "up") or letter not in ("x", "y", "z"):
                raise wrong
            said[name.strip()] = sign * np.eye(3)["xyz".index(letter)]
        if set(said) != {"forward", "up"} or abs(said["forward"] @ said["up"]) > 0.5:
            raise wrong
        return np.stack((said["forward"], said["up"], np.cross(said["forward"], said["up"])))
    try:
        matrix = np.array(mounting, dtype=np.float64)
    except (TypeError, ValueError):
        raise wrong from None
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-3):
        raise wrong
    if np.linalg.det(matrix) < 0:
        raise wrong
    return matrix


class Mount:
    """Turns ticks (acceleration m/s², rate deg/s, sensor axes) to the canonical frame.

    Parameters
    ----------
    mounting
        As for :func:`mounting_rotation`; None: found from standing and the first swings.
    gravity
        Whether the acceleration must hold gravity.

    Attributes
    ----------
    state
        :data:`STANDING`, :data:`SETTLING` or :data:`READY`.
    turned
        The newest tick in the canonical frame (2 × 3: acceleration, rate).
    rotation
        Sensor axes to canonical (3 × 3).
    stood_s
        Seconds of standing still so far.
    """

    def __init__(
        self, mounting: str | npt.ArrayLike | None = None, *, gravity: bool = True, hz: float = 100.0
    ) -> None:  # fmt: skip
        self._hz = hz
        self._gravity = gravity
        self._stand = round(STAND_S * hz)
        self.declared = mounting is not None
        # Named axes are rough and made level by rest; a rotation is taken as it is.
        self._rough = isinstance(mounting, str)
        self.rotation = np.eye(3) if mounting is None else mounting_rotation(mounting)
        self.turned = np.zeros((2, 3))
        self._back = self.rotation.T
        self.state = READY if self.declared else STANDING
        self._sum = np.zeros(3)
        self._from = np.zeros(3)
        self._mean = np.zeros(3)
        self._flat_sum = np.zeros(3)
        self._still, self._flat = 0, 0.0
        self._declared_up = self.rotation[1].copy()
        self._checked = False
        self._moving = 0
        self._fastest = self._size = 0.0
        self._wild = self._ticks = 0
        self._gyro_checked = False
        self._forget_axis()

    @property
    def stood_s(self) -> float:
        """Seconds of standing still so far."""
        return self._still / self._hz

    def interrupted(self) -> None:
        """Samples were lost: a standing or a turn that lasts over them is none."""
        self._still = 0
        self._turn = 0.0
        self._rest = 0

    def push(self, tick: Array) -> int:
        """Turn a tick (2 × 3) into :attr:`turned`; the state after it.

        Raises
        ------
        GaitsmithError
            Where rest does not read gravity or the rate is no deg/s: once, as soon as it shows.
        """
        np.dot(tick, self._back, out=self.turned)
        (ax, ay, az), (gx, gy, gz) = tick.tolist()
        size = math.sqrt(ax * ax + ay * ay + az * az)
        rate = math.sqrt(gx * gx + gy * gy + gz * gz)
        self._stand_still(tick, ax, ay, az, rate)
        if not self._gyro_checked:
            self._check_gyro(size, rate)
        if not self.declared and self.state != STANDING:
            self._swing(rate)
        return self.state

    # --- up ------------------------------------------------------------------------------------

    def _stand_still(self, tick: Array, ax: float, ay: float, az: float, rate: float) -> None:
        if rate >= _STILL_RATE:
            if self._still:
                self._rest_ends()
            return
        start = self._from
        if self._still:
            bx, by, bz = start.tolist()
            if abs(ax - bx) + abs(ay - by) + abs(az - bz) > 1.5 * _STILL_ACC:
                self._rest_ends()
                return
        else:
            start[:] = tick[0]
            self._sum[:] = 0.0
        self._sum += tick[0]
        self._still += 1
        if self._still == self._stand:
            np.divide(self._sum, self._still, out=self._mean)
            size = float(np.linalg.norm(self._mean))
            # Where the rate alone counts and the mounting is declared, gravity is not needed.
            if self._gravity or not self.declared:
                self._check_rest(size)
            if self._is_gravity(size) and (self._rough or not self.declared):
                self._level()
            self._still = 0

    def _rest_ends(self) -> None:
        """A shorter rest (a foot that is flat): levels a declared mounting, as off-line."""
        if self._rough and self._still >= _FLAT_S * self._hz:
            self._flat_sum += self._sum
            self._flat += self._still
            if self._flat >= _REST_ENOUGH_S * self._hz:
                np.divide(self._flat_sum, self._flat, out=self._mean)
                if self._is_gravity(float(np.linalg.norm(self._mean))):
                    self._level()
                # The last rests count most.
                self._flat_sum *= 0.8
                self._flat *= 0.8
        self._still = 0

    def _is_gravity(self, size: float) -> bool:
        return abs(size / STANDARD_GRAVITY - 1.0) <= _REST_TOLERANCE

    def _check_rest(self, size: float) -> None:
        if self._checked or self._is_gravity(size):
            self._checked = True
            return
        if abs(size - 1.0) <= _REST_TOLERANCE:
            remedy = 'this looks like g: say acceleration="g"'
        elif abs(size / 1000.0 - 1.0) <= _REST_TOLERANCE:
            remedy = 'this looks like mg: say acceleration="mg"'
        elif size < 0.1 * STANDARD_GRAVITY:
            remedy = "gravity seems to have been removed: stream the raw acceleration"
        else:
            remedy = "convert the acceleration to m/s²"
        raise GaitsmithError(
            "the resting sensor does not read gravity", place="acceleration",
            found=f"{size:.3g} over {STAND_S:g} s of standing still",
            expected=f"{STANDARD_GRAVITY:.2f} m/s² within {100 * _REST_TOLERANCE:.0f} %", remedy=remedy,
        )  # fmt: skip

    def _level(self) -> None:
        up = self._mean / np.linalg.norm(self._mean)
        if self.declared:
            cosine = float(np.clip(up @ self._declared_up, -1.0, 1.0))
            if cosine < _OFF_COSINE:
                raise GaitsmithError(
                    "the sensor does not sit as declared", place="argument mounting",
                    found=f"gravity at rest {math.degrees(math.acos(cosine)):.0f} deg from the declared up",
                    expected=f"at most {math.degrees(math.acos(_OFF_COSINE)):.0f} deg",
                    remedy="check it: the axis that reads +1 g while the foot is flat is up",
                )  # fmt: skip
        # The lateral axis, made level, keeps a heading that is known.
        right = self.rotation[2] - up * (self.rotation[2] @ up)
        if np.linalg.norm(right) < 0.3:
            right = self.rotation[0] - up * (self.rotation[0] @ up)
            self._forget_axis()
        right /= np.linalg.norm(right)
        self.rotation[0] = np.cross(up, right)
        self.rotation[1], self.rotation[2] = up, right
        if self.state == STANDING:
            self.state = SETTLING

    # --- forward -------------------------------------------------------------------------------

    def _forget_axis(self) -> None:
        # Second moments of the level rates, the running turn, and the evidence for the sign.
        self._xx = self._xz = self._zz = 0.0
        self._turn = 0.0
        self._rest = 0
        self._rested = False
        self._total = self._largest = 0.0
        self._cubes = self._sizes = self._firsts = self._rises = 0.0

    def _swing(self, rate: float) -> None:
        gx, _, gz = self.turned[1].tolist()
        if rate < _REST_RATE:
            self._rest += 1
        else:
            if self._rest >= _REST_S * self._hz:
                self._rested = True
            self._rest = 0
        if rate > _TURNING:
            self._xx += gx * gx
            self._xz += gx * gz
            self._zz += gz * gz
            if self.state == SETTLING:
                self._turn_axis()
        if gz * self._turn < 0.0:
            self._turn_ends()
        self._turn += gz / self._hz

    def _turn_ends(self) -> None:
        turn, size = self._turn, abs(self._turn)
        self._turn = 0.0
        if size < _TURN:
            return
        self._cubes += turn**3
        self._sizes += size**3
        if self._rested and size >= _RISE:
            self._firsts -= turn
            self._rises += size
        self._rested = False
        self._total += size
        self._largest = max(self._largest, size)
        first = self._firsts / self._rises if self._rises else 0.0
        # Weights: as off-line (``gait.imu``).
        sign = first + 1.5 * self._cubes / self._sizes
        # After a swing, or what may be one: in the middle of a stride the sum leans to the heel rise.
        whole = size >= _WHOLE * self._largest
        if whole and self._total >= _ENOUGH and abs(sign) >= _SURE:
            if sign < 0:
                self._turn_by(-1.0, 0.0)
                self._cubes, self._firsts = -self._cubes, -self._firsts
            self.state = READY
        if self.state == SETTLING:
            return
        keep = 1.0 - _FORGET
        self._xx, self._xz, self._zz = keep * self._xx, keep * self._xz, keep * self._zz
        self._turn_axis()

    def _turn_axis(self) -> None:
        """Turn the frame about up so that z is the principal axis of the level rates."""
        angle = 0.5 * math.atan2(2.0 * self._xz, self._zz - self._xx)
        self._turn_by(math.cos(angle), math.sin(angle))

    def _turn_by(self, c: float, s: float) -> None:
        """Turn x and z: the new z is ``c z + s x``."""
        x, z = self.rotation[0].copy(), self.rotation[2].copy()
        np.multiply(x, c, out=self.rotation[0])
        self.rotation[0] -= s * z
        np.multiply(z, c, out=self.rotation[2])
        self.rotation[2] += s * x
        xx, xz, zz = self._xx, self._xz, self._zz
        self._xx = c * c * xx - 2 * c * s * xz + s * s * zz
        self._zz = s * s * xx + 2 * c * s * xz + c * c * zz
        self._xz = c * s * (xx - zz) + (c * c - s * s) * xz

    # --- units ---------------------------------------------------------------------------------

    def _check_gyro(self, size: float, rate: float) -> None:
        # One glitch is no unit.
        self._wild += rate > _MOST_RATE
        if self._wild > _WILD_TICKS:
            raise GaitsmithError("the rate is beyond any gyroscope", place="angular rate",
                                 found=f"{rate:.0f}", expected="deg/s",
                                 remedy="convert the counts to deg/s")  # fmt: skip
        if rate <= _MOST_RATE:
            self._fastest = max(self._fastest, rate)
        self._ticks += 1
        self._size += 0.005 * (size - self._size) if self._size else size
        self._moving += abs(size - self._size) > _MOVING * self._size
        if self._fastest > 2 * _LEAST_RATE:
            self._gyro_checked = self._ticks > _CHECKED_TICKS
        elif self._moving >= _MOVING_TICKS:
            raise GaitsmithError(
                "the foot moves but hardly turns", place="angular rate",
                found=f"at most {self._fastest:.3g} in {_MOVING_TICKS} ticks of motion",
                expected="deg/s, which reach some hundreds in walking",
                remedy='this looks like rad/s: say rate="rad/s"',
            )  # fmt: skip
