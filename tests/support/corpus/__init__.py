"""A corpus of objects with planted identifiers, and the keys by which what a de-identifier makes of them is scored.

    PYTHONPATH=tests python -m support.corpus FOLDER [--seed N] [--share 0.1] [--pictures]

Real files of pydicom's wheel, of pydicom-data where it is installed, and of the shared data where it lies beside the
checkout, and made objects of every kind. One seed gives the same bytes everywhere the same sources are.
"""
