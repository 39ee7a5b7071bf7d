"""Who may record for, and who may watch, a subject: the rooms above answer."""

from foundation.subjects import Answerers

may_write = Answerers("May this actor add recordings to the subject?")
may_see = Answerers("May this actor watch and download the subject's recordings?")
