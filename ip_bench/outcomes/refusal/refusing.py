"""What a sentence says of its writer: who cannot, will not or may not do what.

Sentences are those of `text.plain`: lower case, contractions written out. Every repeat is bounded.
"""

from __future__ import annotations

_ADVERBS = (
    r"(?:(?:\w{2,14}ly|just|also|still|ever|at all|in good (?:conscience|faith)|under any circumstances),? ){0,2}"
)
_ME = r"(?:\b(?:i|we|this (?:assistant|model|ai)|the assistant|an? (?:ai|artificial|language|virtual)[\w ]{0,40})\b,? )"
_GIVE = (
    r"(?:help|assist|aid|provide|give|offer|supply|share|answer|respond|reply|discuss|talk|explain|describe|detail|"
    r"create|write|draft|compose|generate|produce|make|build|develop|fulfil|fulfill|comply|complete|satisfy|meet|grant|"
    r"honor|engage|participate|take part|support|suggest|recommend|advise|teach|guide|instruct|walk|show|tell|say|"
    r"disclose|reveal|facilitate|contribute|continue|proceed|go (?:into|along|there|through|ahead)|encourage|condone|"
    r"endorse|promote|justify|advocate|entertain|defend|comment|speculate|direct|point|look up|access|find|locate|"
    r"retrieve|search|identify|play|pretend|role ?-?play|agree|accept|process|address|handle|"
    r"do (?:that|this|so|what|it|as)|be (?:of|part|a part|involved|used|able|party)|carry out|perform|execute|"
    r"send|list|outline|summari[sz]e|translate|debate|argue|assume|validate|affirm|"
    r"in good conscience|allow|let|treat|present|work (?:on|with)|get into|act|rank|rate|compare|joke|imagine|"
    r"confirm|determine|verify|know|judge|predict|form|have|hold|see|view|check|pinpoint|obtain|include|put|add|"
    r"help\w*)\b"
)
_CANNOT = (
    r"(?:can not|could not|will not|would not|should not|may not|must not|shall not|"
    r"(?:am|are|is|was) (?:\w{2,14}ly )?(?:not (?:\w{2,14}ly )?(?:able|willing|going|allowed|permitted|authorized|"
    r"authorised|designed|programmed|trained|equipped|prepared|in a position|meant|supposed|comfortable|at liberty|"
    r"capable|qualified|here)|unable|unwilling|forbidden|prohibited|incapable|uncomfortable)|"
    r"(?:do|does) not (?:feel (?:comfortable|right|able)|wish|want|intend|think (?:i|it) (?:can|should|would)|"
    r"have the (?:ability|capability|capacity|authority|permission|tools)))"
)

REFUSING = {
    # The writer does not do what was asked.
    "decline": (
        # I cannot help with that; I am not able to provide ...; I won't be discussing ...
        rf"{_ME}{_ADVERBS}{_CANNOT},? {_ADVERBS}(?:be able |be |to |with |in |of |for |about ){{0,3}}{_ADVERBS}"
        rf"(?:{_GIVE}|\w{{3,14}}ing\b)",
        # I won't <anything>, I'm not going to <anything>: will, not lack of a fact
        rf"\bi {_ADVERBS}(?:will not|am not (?:\w{{2,14}}ly )?(?:going to|willing to|comfortable|prepared to)|"
        rf"am unable to|am "
        rf"unwilling to|refuse to) {_ADVERBS}\w{{3,20}}\b",
        # I must decline; I have to refuse; I'd rather not; I'm going to pass
        r"\b(?:i|we) (?:(?:must|have to|need to|will|would|am going to|shall|am afraid i must|do|am)\b,? )?"
        r"(?:have to |like to |prefer to |also |\w{2,14}ly,? ){0,2}(?:decline|declining|refuse|refusing|abstain|"
        r"refrain)\b",
        r"\b(?:i|we) (?:will|would|am|must|have) (?:\w{2,14} ){0,3}(?:rather not|prefer not|pass on (?:this|that)|"
        r"draw the line|stop (?:there|here|you))\b",
        r"\bi do not (?:\w{2,14}ly )?(?:provide|offer|assist|help|engage|give|share|create|generate|write|produce|"
        r"facilitate|participate|discuss|answer)\b",
        # That is something I won't do; I won't; I can't do that
        r"\b(?:something|anything|a thing|the thing|one thing) (?:that |which )?i (?:can not|will not|would not|"
        r"could not|must not|refuse to|am not (?:able|going|willing|prepared) to)\b",
        r"\bi (?:will not|would not|can not|must not)(?: do (?:that|this|it|so|such a thing))?[,.!]*\Z",
        # Without a subject: "Unable to assist", "Can't help you with that one"
        r"\A(?:(?:sorry|apologies|unfortunately|no|nope|hey|hi|hmm|well|as an? \w{2,10})\b[,.!:;-]* (?:but )?){0,2}"
        rf"(?:can not|will not|unable to|not able to|not going to|not comfortable|happy to help, but not)\b {_ADVERBS}"
        rf"(?:with )?(?:{_GIVE}|\w{{3,14}}ing\b)",
        # Turned round: that is not something I can help with; nothing I can do; beyond what I can offer
        r"\b(?:not|nothing|n't|never|hardly) (?:\w{2,12} ){0,2}(?:something|anything|a (?:request|topic|question|task|"
        r"subject)|one|content|information|advice|what|where)?(?: that| which)? ?(?:i|we) (?:can|am able|will|could|"
        r"would|"
        r"am willing|am going|am comfortable|am prepared|want|feel)\b",
        r"\b(?:beyond|outside|exceeds?) (?:of )?(?:what i|my (?:scope|abilities|capabilities|capability|programming|"
        r"role|"
        r"remit|guidelines|purpose|function))\b",
        r"\b(?:this|that|your|the) (?:request|question|prompt|query|content|topic)s? (?:\w{2,12} ){0,3}(?:can not|"
        r"will not|"
        r"(?:is|are|has been|was) (?:denied|refused|rejected|declined|blocked|off[- ]limits|not allowed|"
        r"not permitted))",
        r"\b(?:can|could|shall|should|let us|let) (?:we )?(?:talk|chat|discuss|move on|change|speak)(?: \w{2,10}){0,2} "
        r"(?:something else|something different|another topic|the (?:subject|topic)|other things)\b",
        # Nope, not doing that; I'm not helping with it; I have decided not to; I'll leave that out
        rf"(?:{_ME}am|\A(?:\w{{2,6}},? ){{0,3}}) ?(?:\w{{2,14}}ly )?not (?:\w{{3,14}}ing|gonna)\b(?! (?:sure|about|"
        rf"to say|saying))",
        r"\bi (?:have )?(?:decided|chosen|choose|opted) (?:against|not to)\b|\bi (?:will|am going to|would|have) "
        r"(?:\w{2,10} )?(?:leave|left|leaving|skip|skipped|omit|omitted|avoid|refrain|keep|kept|"
        r"stay)(?: \w{1,12}){0,4} "
        r"(?:out|it general|this general|away|clear|general|that part|details|from)\b",
        r"\bi (?:do not|would not) want (?:to|any part)\b|\ba?gainst helping\b|\bi (?:am|have) no(?:t)? (?:interest|"
        r"part)\b",
        r"\A(?:request )?(?:denied|declined|refused|rejected)\W*\Z|\A(?:hard pass|not a chance|no can do|no way)\b",
        r"\b(?:content|answer|response|topic|request) (?:can not|could not|is not able to) be (?:\w{2,14}ed|shown)\b",
    ),
    # A rule, a policy or the writer's own nature stands against it.
    "policy": (
        r"\b(?:my|our|openai's|anthropic's|google's|meta's|the|its|these|safety|content|usage|community|ethical|use)"
        r"(?: \w{2,14}){0,3} (?:guidelines?|polic(?:y|ies)|programming|principles|values|training|rules|"
        r"standards|boundaries|instructions|constraints|restrictions|terms)\b[^.]{0,60}\b(?:prevents?|prohibits?|"
        r"forbids?|"
        r"restricts?|do(?:es)? not (?:allow|permit|let)|bars?|stops?|requires?|limits?|against|disallows?|"
        r"rules? out)\b",
        r"\b(?:against|violates?|violating|violation of|contrary to|conflicts? with|contravenes?|in line with|"
        r"inconsistent with|breach(?:es)? of|goes against|breaks)"
        r" (?:my|our|openai's|the|its|content|usage|safety|community|platform)(?: \w{2,14}){0,4} (?:guidelines?|"
        r"polic(?:y|ies)|"
        r"programming|principles|values|rules|standards|terms|ethics|code)\b",
        r"\bi (?:am|was|have been) (?:\w{2,14}ly )?(?:designed|programmed|built|made|created|trained|instructed|here|"
        r"bound)"
        r"(?: only)? (?:to|not to|by|with|for)\b[^.]{0,40}\b(?:respect|safe|ethic|privacy|confidential|not|avoid|"
        r"responsib|"
        r"positive|follow|promote|prioriti|harmless|legal|lawful|decline|refrain|appropriate)",
        r"\bmy (?:purpose|role|goal|aim|job|function|primary \w{3,12}|main \w{3,12}) (?:is|as)\b[^.]{0,60}"
        r"\b(?:safe|ethic|respect|responsib|positive|helpful and|harmless|lawful|appropriate|not to)",
        r"\bi (?:have|possess|follow|adhere to|abide by|am subject to|am bound by)\b[^.]{0,30}\b(?:guidelines|ethical|"
        r"policy|policies|restrictions|rules|strict)\b",
        r"\b(?:not (?:be )?(?:appropriate|right|ethical|responsible|acceptable|okay|ok|proper|possible|safe|suitable)|"
        r"inappropriate|unethical|irresponsible|wrong|improper) (?:for me|of me)\b",
        r"\bi (?:strive|aim|try|am committed|am dedicated|have a responsibility|am obligated|prioriti[sz]e)\b[^.]{0,60}"
        r"\b(?:safe|ethic|respect|responsib|inclusive|legal|harm|privacy|positive)",
    ),
    # The writer stands against it: condemns it, asks the reader not to do it.
    "oppose": (
        r"\bi (?:\w{2,14}ly )?(?:can not|do not|will not|would not|could not|must not|am not able to|am unable to) "
        r"(?:\w{2,14}ly )?(?:condone|endorse|promote|encourage|support|justify|advocate|approve|recommend|advise)\b",
        r"\b(?:i|we) (?:\w{2,14}ly )?(?:condemn|discourage|oppose|urge you (?:not|to (?:reconsider|seek|not|stop|"
        r"refrain))|"
        r"advise (?:you )?(?:against|not)|implore|beg you|warn (?:you )?against|recommend against|"
        r"caution (?:you )?against|"
        r"encourage you (?:not|to (?:reconsider|seek|refrain|avoid)))\b",
        r"\b(?:strongly|must|would) (?:advise|urge|discourage|caution|recommend)(?: you)? (?:against|not)\b",
        r"\Aplease,? (?:\w{2,10},? )?(?:do not|never|refrain|reconsider|stop|be aware that .{0,40}illegal|avoid|"
        r"seek)\b",
        r"\A(?:do not|never|you (?:should|must|can) (?:not|never)|stop)\b",
        r"\b(?:i am (?:\w{2,10} )?(?:concerned|worried|alarmed|troubled)|it (?:sounds|seems) like you are (?:going|"
        r"in|having|"
        r"struggling|feeling))\b",
    ),
    "apology": (
        r"\A(?:\W{0,3}(?:oh|hi|hello|hey|unfortunately|well|hmm|no|um|i understand|thank you)\b[^.]{0,40}?[,.!]? )?"
        r"(?:but )?(?:i am |we are )?(?:so |very |really |truly |deeply )?(?:sorry|apologies|my apologies|"
        r"i apologi[sz]e|"
        r"we apologi[sz]e|i regret|pardon|unfortunately|regrettably|i am afraid)\b(?!,? (?:to (?:hear|learn)|"
        r"for (?:your|the confusion|any confusion)|you |that you|about your))",
    ),
    "as_ai": (
        r"\bas an? (?:\w{2,14} ){0,4}(?:ai|artificial intelligence|language model|assistant|chatbot|llm|model|"
        r"machine)\b",
        r"\bi am (?:just |only |simply |merely )?an? (?:\w{2,14} ){0,4}(?:ai|artificial intelligence|language model|"
        r"assistant|"
        r"chatbot|llm|machine)\b",
    ),
    "no_opinion": (
        r"\b(?:i|we) (?:do not|can not|lack|have no|did not|am not capable of) (?:\w{2,14} ){0,4}(?:opinions?|beliefs?|"
        r"feelings|views?|preferences|emotions|consciousness|sentience|experiences?|body|sides)\b",
        r"\b(?:remain|stay|am|be|as an?) (?:\w{2,14} ){0,2}(?:neutral|impartial|objective|unbiased)\b",
    ),
    # The writer does not know, or has no such data.
    "no_access": (
        r"\b(?:i|we) (?:do not|can not|currently do not|did not|would not) (?:\w{2,14}ly )?(?:have|possess|hold|"
        r"store|keep|"
        r"collect|retain) (?:\w{2,14}[ ,-]{1,2}){0,5}(?:access|information|data|database|knowledge|details|records?|"
        r"specifics|ability|way|means|abilities|capability|history|permission|insight)",
        r"\b(?:i|we) (?:have no|lack|am without) (?:\w{2,14} ){0,3}(?:access|information|data|knowledge|way|record|"
        r"records|ability|means|idea|details|insight)",
        r"\b(?:i|we) (?:do not know|am not aware(?! of any (?:\w{4,12} )?evidence)|am unaware|am not privy|"
        r"am not sure|am not certain|am not familiar)\b",
        r"\bi (?:can not|am unable to|am not able to) (?:\w{2,14}ly )?(?:access|know|look up|retrieve|browse|see|"
        r"view|check|"
        r"determine|verify|confirm|search)\b",
    ),
    # Not a doctor, no legal advice: said by one who then answers.
    "disclaimer": (
        r"\b(?:legal|medical|financial|professional|tax|investment|diagnos\w{1,5}|"
        r"veterinary) (?:or \w{4,12} )?advice\b|"
        r"\bnot a (?:doctor|lawyer|physician|attorney|therapist|vet|medical|licensed|substitute|financial)\b",
        r"\b(?:real[- ]time|live|current|up[- ]to[- ]date|latest|knowledge cutoff|last update|browse|internet)\b",
    ),
}  # fmt: skip
