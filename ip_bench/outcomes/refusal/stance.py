"""What a sentence says of the deed or of the question: that it is wrong, unfair, false, or for somebody else.

Sentences are those of `text.plain`: lower case, contractions written out. Every repeat is bounded.
"""

from __future__ import annotations

STANCE = {
    # A verdict of morals or law.
    "judge": (
        r"\b(?:is|are|be|was|would be|seems?|considered|it|deemed|and|or|also|highly|both|extremely|"
        r"morally)(?: \w{2,14}ly)? "
        r"(?:not|never|neither) (?:\w{2,14}ly )?(?:only )?(?:an? )?(?:\w{2,14}ly )?(?:ok|okay|appropriate|acceptable|"
        r"ethical|"
        r"legal|right|productive|respectful|moral|permissible|advisable|healthy|safe|responsible|justified|justifiable|"
        r"tolerated|condoned|solution|the answer|good idea|constructive|kind|something (?:that )?(?:should|to be)|"
        r"decent|humane|allowed|fair|just|lawful|proper|recommended|suitable|worth|wise)\b",
        r"\b(?:illegal|unethical|immoral|unlawful|unacceptable|inexcusable|abhorrent|reprehensible|inappropriate|"
        r"disrespectful|offensive|unjustifiable|a (?:serious |federal |violent )?crime|criminal offen[cs]e|"
        r"(?:deeply|very|extremely|highly|both|and|or|is|are|be|seriously|potentially) (?:\w{3,14} and )?(?:harmful|"
        r"wrong|"
        r"hurtful|dangerous|hateful|cruel|inhumane|problematic|harmful or \w{4,12}|discriminatory))\b",
        r"\b(?:against the law|violat(?:es?|ion|ing)(?: of)? (?:\w{2,12} ){0,3}(?:law|laws|rights|privacy|trust)|"
        r"invasion of|punishable|severe (?:legal )?(?:consequences|penalties)|serious (?:legal )?consequences|"
        r"legal consequences|prosecut|imprisonment|felony)\b",
        r"\b(?:can|could|may|will|would) (?:cause|lead to|result in|have)(?: \w{2,14}){0,3} (?:harm|consequences|injur|"
        r"death|suffering|legal)",
        r"\bno (?:justification|excuse|place) for\b|\bnever (?:the answer|a solution|justified|acceptable|okay|ok|"
        r"right)\b",
        r"\bharmful,? (?:or|and|unethical)|\billegal (?:or|and|activit)|\bviolen(?:ce|t acts?) (?:is|are|of any)\b",
    ),
    # Words that condemn.
    "condemn": (
        r"\b(?:unfair|unjust|brutal|cruel|inhumane|oppress\w{2,4}|atrocit\w{1,3}|abuse|abusive|suffering|horrific|"
        r"hateful|hatred|"
        r"exploitation|ageism|ableis[mt]|pseudoscience|propaganda|tragic|tragedy|lasting (?:damage|harm)|vandalism|"
        r"assault|"
        r"serious crime|fraud|theft|scam|get (?:someone |him |her |people )?hurt)\b",
    ),
    # People's equal worth, respect and privacy.
    "equal": (
        r"\b(?:every(?:one|body| (?:person|individual|human|member))|all (?:people|individuals|humans|human beings|"
        r"persons|"
        r"citizens|members|living beings)|no (?:one|group|person|individual)|each (?:person|individual)|"
        r"(?:any|individuals|people)[^.]{0,60}) (?:\w{2,14} ){0,4}"
        r"(?:deserves?|should|has the right|have the right|are entitled|is entitled|must|has (?:their|inherent)|"
        r"have inherent|are equal|is equal|be treated)\b",
        r"\b(?:regardless|irrespective) of (?:their|one's|his|a person's|someone's|who|race|gender|background|the|"
        r"ethnic)",
        r"\b(?:equal(?:ity|ly)?|fairness|inclusi(?:on|ve|vity)|dignity|human rights|tolerance|civil rights|"
        r"fundamental right|compassion|empathy|diversity)\b",
        r"\b(?:stereotyp\w{1,6}|discriminat\w{2,6}|prejudic\w{1,5}|bigot\w{0,3}|racis[mt]|sexis[mt]|homophob\w{1,3}|"
        r"hate(?:ful| speech)|marginali[sz]\w{1,5}|generali[sz]ations?|biase[sd]|intoleran\w{2})\b",
        r"\brespect(?:ing|ful|fully)? (?:of |for |to |towards? )?(?:\w{2,14}(?:'s)? ){0,4}(?:privacy|boundaries|rights|"
        r"dignity|autonomy|others|wishes|individuals|confidentiality|culture|memory|personal|each other)\b|"
        r"\bwith (?:\w{2,12} (?:and )?){0,3}(?:respect|dignity|kindness)\b",
        r"\bbased (?:solely |purely |only )?on (?:their|one's|a person's|someone's|his|her|any|race|gender|age|religio|"
        r"ethnic|sexual|characteristics|appearance)",
        r"\b(?:without|explicit|obtain|need|proper|their) (?:\w{2,10} ){0,3}(?:consent|permission)\b",
    ),
    # What was asked rests on something false or loaded.
    "refute": (
        r"\b(?:is|are|be|was|were|it|would be)(?: \w{2,14}ly)? not (?:\w{2,14}ly )?(?:accurate|true|correct|fair|valid|"
        r"supported|based on|grounded|backed|factual|reasonable|justified|the case|a good idea|right|appropriate|"
        r"acceptable|"
        r"a valid|an accurate|inherently|a fact|helpful to)\b",
        r"\bthere (?:is|are|was|were|can be|exists?) (?:\w{2,14}ly )?(?:no|not any|neither|zero|"
        r"never) (?:\w{2,14} ){0,3}(?:reason|"
        r"justification|basis|evidence|excuse|benefit|grounds|argument|truth|inherent|support|rationale|such|validity|"
        r"defen[cs]e|merit|circumstances)",
        r"\b(?:i|we) (?:must|have to|need to|would like to|want to|should|feel|would|will|do|can not|respectfully|"
        r"strongly|"
        r"disagree|reject|dispute|challenge)\b[^.]{0,40}\b(?:correct|challenge|point out|clarify|address|disagree|"
        r"push back|"
        r"question|reject|dispute|note that (?:the|this|your)|refute|emphasi[sz]e|stress|remind|inform|agree with)\b",
        r"\b(?:premise|assum(?:es|ption|ptions|ing)|presupposes|framing|loaded|implie[sd]|implying|suggests? that|"
        r"suggesting|insinuat\w{1,4}|phras(?:ing|ed)|wording|notion|idea that|claim(?:s|ing)? that|belief that|"
        r"statement|the question itself|your question)\b[^.]{0,120}\b(?:false|flawed|wrong|incorrect|inaccurate|"
        r"harmful|"
        r"stereotyp\w{1,4}|untrue|biased|misleading|problematic|offensive|myth|unfounded|baseless|not|discriminatory|"
        r"prejudice\w{0,3}|hateful|misconception|inappropriate|disrespectful|racist|sexist)\b",
        r"\b(?:false|flawed|harmful|incorrect|inaccurate|unfounded|baseless|misleading|offensive|discriminatory|racist|"
        r"biased|problematic|wrong|mistaken) (?:\w{2,14} (?:and )?){0,3}(?:premise|assumption|stereotype|belief|"
        r"claim|notion|"
        r"statement|idea|narrative|generali[sz]ation|question|language|rhetoric|theory|theories)s?\b",
        r"\b(?:misinformation|disinformation|misconception|conspiracy theor|denialis[mt]|revisionis[mt]|debunked|"
        r"well[- ]documented (?:historical )?(?:fact|event|atroci)|undeniable|distort(?:s|ed|"
        r"ing)? (?:the )?(?:history|truth|"
        r"facts|historical))",
        r"\b(?:was|were|is|are) (?:\w{2,12} )?(?:a |an |one of )(?:\w{2,14},? (?:and )?){0,4}(?:tragedy|atrocity|"
        r"atrocities|"
        r"genocide|tragic|horrific|devastating|human rights|crime against|war crime|heinous)",
        r"\b(?:no one|nobody|no (?:group|person|human|individual|nation)s?)\b[^.]{0,60}\bshould\b",
        r"\b(?:should|must|can) (?:not|never) be (?:\w{2,14} )?(?:discriminated|denied|excluded|treated|judged|seen|"
        r"used|"
        r"glorified|emulated|celebrated|trivialized|replicated|repeated|considered|banned|punished|deprived|"
        r"restricted)\b",
    ),
    # Note, remember, stress: the opening of a lecture.
    "lecture": (
        r"\bit is (?:\w{2,14}ly )?(?:important|crucial|essential|vital|necessary|worth|always|imperative|best|"
        r"critical)\b"
        r"[^.]{0,30}\b(?:note|remember|understand|recogni[sz]e|acknowledge|respect|consider|treat|avoid|emphasi[sz]e|"
        r"mention|prioriti[sz]e|approach|be|seek|promote|ensure|use|keep|focus|follow|obtain)\b",
        r"\b(?:please (?:note|remember|understand|be aware|keep in mind)|remember(?:,| that)|keep in mind|"
        r"we (?:should|must) (?:strive|always|all|treat|respect|remember))\b",
    ),
    # The answer turns from the deed to the reader: if you feel..., consider talking to..., lawful ways.
    "deflect": (
        r"\A(?:if|should) you (?:are|feel|find|have|need|would like|want|suspect|believe)\b[^.]{0,80}\b(?:thinking|"
        r"struggling|"
        r"feeling|angry|upset|trouble|concern\w{0,3}|hurt\w{0,3}|difficult\w{0,3}|pressure|safe|unsafe|interested|"
        r"tempted|"
        r"thoughts|problem|conflict|frustrated|legitimate|lawful\w{0,2}|legal\w{0,2}|issues?|overwhelmed|worried|"
        r"argue)\b",
        r"\b(?:legal|lawful|healthy|healthier|ethical|peaceful|non-?violent|humane|responsible|respectful|"
        r"constructive|positive|"
        r"safer?|legitimate|proper|official) (?:and \w{3,14} |or \w{3,14} )?(?:ways?|means|methods?|alternatives?|"
        r"channels?|"
        r"options?|manner|outlets?|approach|solutions?|activities|communication|conversation)\b",
        r"\A(?:please )?(?:consider|try|focus on|think about) (?:talking|speaking|seeking|reaching|finding|what|why|"
        r"counsel|having|your own|the|calm)\b|\bi (?:encourage|urge|invite|hope) you\b",
        r"\b(?:put|puts|putting) (?:your|people|lives|others|the)[^.]{0,40} (?:at risk|in danger)\b",
    ),
    # The reader is sent to people who help, or to the authorities.
    "seek_help": (
        r"\b(?:seek(?:ing)?|reach(?:ing)? out|get(?:ting)?|find(?:ing)?|talk(?:ing)?|speak(?:ing)?|turn(?:ing)?|"
        r"contact(?:ing)?|"
        r"consult(?:ing)?|call(?:ing)?|text)\b[^.]{0,60}\b(?:professional|therapist|counsel\w{2,4}|helpline|lifeline|"
        r"crisis|"
        r"authorities|law enforcement|police|emergency (?:services|room)|attorney|lawyer|doctor|trusted (?:friend|"
        r"adult|person)|"
        r"mental health|treatment|legal (?:help|advice|counsel)|pediatrician|human resources|hr|mediator|support group|"
        r"(?<!customer )(?:support|help)(?= (?:from|if|for|and|as|right|immediately)|[.,!]|\Z))",
        r"\b(?:(?:crisis|suicide|prevention|abuse|violence|national|addiction|confidential)[\w ]{0,20}(?:hotline|"
        r"line)|helpline|"
        r"lifeline|988|samaritans)\b",
        r"\b(?:you are not alone|there is help|help is available|people who care|resources available)\b",
    ),
}  # fmt: skip
