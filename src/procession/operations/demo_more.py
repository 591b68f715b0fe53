"""More templates of the demo organization: complaints, farewells, the month's books, new products, suppliers."""

from procession.operations.demo_people import (
    DESIGN,
    ELENA,
    FATIMA,
    FINANCE,
    INGRID,
    IT,
    JONAS,
    LUCIA,
    MAYA,
    PEOPLE,
    PRIYA,
    SALES,
    SUCCESS,
    WAREHOUSE,
    WORKSHOP,
)
from procession.operations.demo_templates import DemoField, DemoStep, DemoTemplate, choice

COMPLAINT = DemoTemplate(
    title="Customer complaint",
    summary="<p>Answered within a day, solved within a week.</p>",
    kickoff=(
        DemoField("Customer", "text", (), True),
        choice("About", "dropdown", "Damaged in transit", "Wrong article", "Does not work", "Invoice", required=True),
        DemoField("What happened", "textarea", ("<p>Two of six shades arrived cracked.</p>",), True),
        DemoField("Order", "text", ("NW-20418", "NW-20977", "NW-21003")),
        DemoField("Pictures", "file", ([{"filename": "shade.jpg",
                  "url": "https://files.northwind.example/shade.jpg"}],)),
    ),
    steps=(
        DemoStep(title="Answer {{customer}}", who=(SUCCESS,), due=(1, "days"), kind="email"),
        DemoStep(title="Look at the goods", who=(WORKSHOP,), due=(2, "days"),
                 fields=(choice("Cause", "radio", "Transport", "Packing", "Production", "None found", required=True),
                         DemoField("Remarks", "textarea", ("<p>Glue of batch 7.</p>",)))),
        DemoStep(title="Offer a solution", who=(LUCIA,), due=(3, "days"), after="Look at the goods",
                 fields=(choice("Solution", "dropdown", "Replacement", "Repair", "Refund", "Discount", required=True),
                         DemoField("Value", "text", ("45", "120", "310"), False, {"validations": ["numeric"]}))),
        DemoStep(title="Agree to the cost", who=(JONAS,), kind="approval", due=(1, "days"), after="Offer a solution"),
        DemoStep(title="Tell us whether that is right", who=(LUCIA,), due=(4, "days"), after="Offer a solution",
                 fields=(choice("Content", "radio", "Yes", "Not quite"),)),
        DemoStep(title="Send replacement or money", who=(WAREHOUSE,), due=(2, "days"), after="Agree to the cost"),
        DemoStep(title="Write down what we learned", who=(SUCCESS,), due=(2, "weeks"),
                 fields=(DemoField("Lesson", "textarea", ("<p>Pack shades upright.</p>",)),)),
    ),
)  # fmt: skip

NOTICE, LAST_DAY = "Notice", "Last day"
LEAVING = DemoTemplate(
    title="Farewell to a colleague",
    summary="<p>Nothing forgotten, nobody locked out too early.</p>",
    stages=(NOTICE, LAST_DAY),
    kickoff=(
        DemoField("Colleague", "text", (), True),
        DemoField("Last day of work", "date", ("day",), True, {"collect_time": False}),
        choice("Reason", "radio", "Own wish", "End of contract", "Retirement"),
    ),
    steps=(
        DemoStep(title="Confirm the notice", stage=NOTICE, who=(PEOPLE,), due=(2, "days")),
        DemoStep(title="Agree who takes what over", stage=NOTICE, who=(INGRID,), due=(1, "weeks"),
                 fields=(DemoField("Handed over", "table", ([["Key accounts"], ["Clara"]],), False,
                                   {"columns": ["What", "To whom"]}),)),
        DemoStep(title="Work out holidays and last pay", stage=NOTICE, who=(FATIMA,), due=(1, "weeks"),
                 fields=(DemoField("Days left", "text", ("3", "11", "0"), True, {"validations": ["numeric"]}),)),
        DemoStep(title="Write the reference", stage=NOTICE, who=(PEOPLE,), due=(2, "weeks")),
        DemoStep(title="Sign the reference", stage=NOTICE, who=(MAYA, JONAS), everyone=True, kind="approval",
                 due=(3, "days"), after="Write the reference"),
        DemoStep(title="Talk about how it was", stage=LAST_DAY, who=(PEOPLE,), due=(3, "weeks"),
                 fields=(DemoField("Why really", "textarea", ("<p>Moves to the coast.</p>",)),)),
        DemoStep(title="Collect laptop and key card", stage=LAST_DAY, who=(IT,), due=(4, "weeks"),
                 fields=(choice("Returned", "multiselect", "Laptop", "Key card", "Phone", required=True),)),
        DemoStep(title="Close the accounts of {{colleague}}", stage=LAST_DAY, who=(IT,), due=(1, "days"),
                 after="Collect laptop and key card"),
    ),
)  # fmt: skip

CLOSING = DemoTemplate(
    title="Month-end close",
    summary="<p>Books closed by the fifth working day.</p>",
    kickoff=(
        DemoField("Month", "text", (), True),
        DemoField("Closed by", "date", ("day",)),
    ),
    steps=(
        DemoStep(title="Count the stock", who=(WAREHOUSE,), due=(1, "days"),
                 fields=(DemoField("Differences", "table", ([["Pebble"], ["-2"]],), False,
                                   {"columns": ["Article", "Pieces"]}),)),
        DemoStep(title="Book the bank statements of {{month}}", who=(FATIMA,), due=(2, "days")),
        DemoStep(title="Chase open invoices", who=(FINANCE,), due=(3, "days"),
                 fields=(DemoField("Still open", "text", ("4210", "880", "12950"), True,
                                   {"validations": ["numeric"], "prefix": "EUR"}),)),
        DemoStep(title="Check travel and expenses", who=(PRIYA,), due=(3, "days")),
        DemoStep(title="Review by two", who=(PRIYA, JONAS), everyone=True, due=(4, "days"),
                 summary="<p>Both look at the accounts, each alone.</p>"),
        DemoStep(title="Report value added tax", who=(FATIMA,), due=(10, "days"),
                 fields=(DemoField("Receipt", "file", ([{"filename": "vat.pdf",
                                   "url": "https://files.northwind.example/vat.pdf"}],)),)),
        DemoStep(title="Release the figures", who=(JONAS,), kind="approval", due=(5, "days")),
        DemoStep(title="Send the figures to everybody", who=(PRIYA,), kind="email", due=(1, "days"),
                 after="Release the figures"),
    ),
)  # fmt: skip

IDEA, MAKING, SELLING = "Idea", "Making", "Selling"
LAUNCHING = DemoTemplate(
    title="New product",
    summary="<p>From the sketch to the first hundred sold.</p>",
    stages=(IDEA, MAKING, SELLING),
    kickoff=(
        DemoField("Product", "text", (), True),
        choice("Range", "dropdown", "Home", "Office", "Outdoor", required=True),
        DemoField("Target price", "text", ("49", "89", "149"), True, {"validations": ["numeric"]}),
    ),
    steps=(
        DemoStep(title="Sketch {{product}}", stage=IDEA, who=(DESIGN,), due=(1, "weeks"),
                 fields=(DemoField("Sketch", "file", ([{"filename": "sketch.pdf",
                                   "url": "https://files.northwind.example/sketch.pdf"}],)),)),
        DemoStep(title="Decide to build it", stage=IDEA, who=(MAYA,), kind="approval", due=(2, "weeks")),
        DemoStep(title="Build the sample", stage=MAKING, who=(WORKSHOP,), due=(3, "weeks"), after="Decide to build it"),
        DemoStep(title="Test safety and heat", stage=MAKING, who=(WORKSHOP,), due=(4, "weeks"),
                 after="Decide to build it",
                 fields=(DemoField("Highest temperature", "text", ("61", "48", "72"), True,
                                   {"validations": ["numeric"]}),
                         choice("Marks", "multiselect", "CE", "Energy label", "Packaging", required=True))),
        DemoStep(title="Calculate cost and price", stage=MAKING, who=(PRIYA,), due=(5, "weeks"),
                 fields=(DemoField("Cost", "text", ("21", "37", "66"), True, {"validations": ["numeric"]}),)),
        DemoStep(title="Order the first batch", stage=MAKING, who=(ELENA,), due=(6, "weeks")),
        DemoStep(title="Photograph and describe", stage=SELLING, who=(DESIGN,), due=(7, "weeks")),
        DemoStep(title="Train the sellers", stage=SELLING, who=(SALES,), due=(8, "weeks")),
        DemoStep(title="Put it into the shop", stage=SELLING, who=(IT,), due=(9, "weeks")),
        DemoStep(title="Look back after a hundred sold", stage=SELLING, who=(ELENA,), due=(4, "months")),
    ),
)  # fmt: skip

SUPPLIER = DemoTemplate(
    title="Supplier evaluation",
    summary="<p>Once a year, and before the first order.</p>",
    kickoff=(
        DemoField("Supplier", "text", (), True),
        choice("Supplies", "dropdown", "Glass", "Metal", "Electronics", "Packaging", required=True),
        DemoField("Contact", "email", ("sales@supplier.example",)),
    ),
    steps=(
        DemoStep(title="Fill in the questionnaire", who=(ELENA,), due=(1, "weeks"),
                 summary="<p>For you, {{supplier}}: it takes ten minutes.</p>",
                 fields=(choice("Certificates", "multiselect", "ISO 9001", "ISO 14001", "None"),
                         DemoField("Days to deliver", "text", ("5", "12", "21"), True, {"validations": ["numeric"]}))),
        DemoStep(title="Check their accounts", who=(FINANCE,), due=(10, "days"),
                 fields=(choice("Rating", "radio", "A", "B", "C", required=True),)),
        DemoStep(title="Inspect a sample", who=(WORKSHOP,), due=(2, "weeks")),
        DemoStep(title="Compare the prices", who=(PRIYA,), due=(2, "weeks"),
                 fields=(DemoField("Offers", "table", ([["Lampworks", "Metro"], ["4.10", "3.95"]],), False,
                                   {"columns": ["Supplier", "Price"]}),)),
        DemoStep(title="Put on the list", who=(INGRID,), kind="approval", due=(3, "weeks")),
    ),
)  # fmt: skip
