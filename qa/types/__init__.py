"""The nouns of question answering: hits, readings, citations and answers.

Offsets are 0-based, half-open and count code points of ``Article.text``, as in the index.
"""

from qa.types.answer import Answer as Answer
from qa.types.answer import Kind as Kind
from qa.types.answer import Rewriter as Rewriter
from qa.types.citation import Citation as Citation
from qa.types.hit import SCORE_DIGITS as SCORE_DIGITS
from qa.types.hit import Hit as Hit
from qa.types.hit import ScoredSentence as ScoredSentence
from qa.types.hit import article_dict as article_dict
from qa.types.reading import Evidence as Evidence
from qa.types.reading import Reader as Reader
from qa.types.reading import Reading as Reading
from qa.types.reading import ReadRequest as ReadRequest
from qa.types.rewording import Rewording as Rewording
from qa.types.rewording import WrittenSentence as WrittenSentence
from qa.types.threshold import STATUSES as STATUSES
from qa.types.threshold import Limits as Limits
from qa.types.threshold import Status as Status
