"""Order of children as wml.xsd gives it: ECMA-376, part 4 (transitional), read on 23/11/2026.

Written down apart from reports/ooxml.py, so that a slip there is seen.  CT_RPr and CT_TrPr are a free choice in the schema; rPr
stands here in the order of EG_RPrBase, which Word's own checker asks for; trPr is not ordered.
"""

from __future__ import annotations

P_PR = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers", "pBdr",
    "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
    "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr",
    "sectPr", "pPrChange",
)  # fmt: skip
R_PR = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss",
    "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz", "szCs",
    "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang", "eastAsianLayout",
    "specVanish", "oMath", "rPrChange",
)  # fmt: skip
TC_PR = (
    "cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection", "tcFitText",
    "vAlign", "hideMark", "headers", "cellIns", "cellDel", "cellMerge", "tcPrChange",
)  # fmt: skip
TBL_PR = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
    "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption", "tblDescription",
    "tblPrChange",
)  # fmt: skip
SECT_PR = (
    "headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar", "paperSrc", "pgBorders",
    "lnNumType", "pgNumType", "cols", "formProt", "vAlign", "noEndnote", "titlePg", "textDirection", "bidi", "rtlGutter",
    "docGrid", "printerSettings", "sectPrChange",
)  # fmt: skip
SDT_PR = (
    "rPr", "alias", "tag", "id", "lock", "placeholder", "temporary", "showingPlcHdr", "dataBinding", "label", "tabIndex",
    "equation", "comboBox", "date", "docPartObj", "docPartList", "dropDownList", "picture", "richText", "text", "citation",
    "group", "bibliography",
)  # fmt: skip
P_BDR = ("top", "left", "bottom", "right", "between", "bar")
STYLE = (
    "name", "aliases", "basedOn", "next", "link", "autoRedefine", "hidden", "uiPriority", "semiHidden", "unhideWhenUsed",
    "qFormat", "locked", "personal", "personalCompose", "personalReply", "rsid", "pPr", "rPr", "tblPr", "trPr", "tcPr",
    "tblStylePr",
)  # fmt: skip
SEQUENCES = {
    "pPr": P_PR, "rPr": R_PR, "tcPr": TC_PR, "tblPr": TBL_PR, "sectPr": SECT_PR, "sdtPr": SDT_PR, "pBdr": P_BDR, "style": STYLE,
    "sdt": ("sdtPr", "sdtEndPr", "sdtContent"), "tbl": ("bookmarkStart", "bookmarkEnd", "tblPr", "tblGrid", "tr"),
}  # fmt: skip
TR_PR = frozenset(
    (
        "cnfStyle", "divId", "gridBefore", "gridAfter", "wBefore", "wAfter", "cantSplit", "trHeight", "tblHeader",
        "tblCellSpacing", "jc", "hidden", "ins", "del", "trPrChange",
    )
)  # fmt: skip
FIRST = {"p": "pPr", "r": "rPr", "tc": "tcPr"}
"""An element -> the child that stands before all others."""
IN_RUNS = frozenset({"r", "sdt", "hyperlink", "bookmarkStart", "bookmarkEnd", "pPr", "proofErr"})
"""What our paragraphs hold: EG_PContent, as far as we write it."""
