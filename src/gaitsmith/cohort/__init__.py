"""Many recordings: analysed in worker processes, resumable, one bad file never stops the rest.

``analyze_folder(folder, out)`` is the function users call (``gaitsmith analyze FOLDER``).
"""

from gaitsmith.cohort.run import Outcome, analyze_folder

__all__ = ["Outcome", "analyze_folder"]
