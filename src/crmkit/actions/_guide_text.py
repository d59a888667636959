"""The working instructions of the sources, step by step (R-000-02, R-003-37): what to do, and the commands that do it.

Written from the five-phase process (R-002-01), the customer sheets (sources 000 and 001) and the reminder card (source
004). The English stands here, the Chinese in the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmkit.i18n import N_


@dataclass(frozen=True, slots=True)
class Do:
    """One instruction (a msgid) and the command that does it, "" where there is none. ID stands for the customer."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name as it is typed, its phase, title and purpose (msgids), what to do, where it comes from."""

    name: str
    phase: str
    title: str
    about: str
    do: tuple[Do, ...]
    sources: str


PHASES: dict[str, str] = {
    "acquisition": N_("1. Win: find the right customers"),
    "follow_up": N_("2. Follow up: understand and propose"),
    "conversion": N_("3. Convert: sign, start, deliver"),
    "maintenance": N_("4. Maintain: serve and grow"),
    "recovery": N_("5. Recover: notice, win back, learn"),
    "always": N_("Every day, week and quarter"),
}

STEPS: tuple[Step, ...] = (
    Step(
        "profile",
        "acquisition",
        N_("Describe the ideal customer"),
        N_("Everybody looks for the same customers: industry, size, region, needs, budget."),
        (
            Do(
                N_(
                    "Write the profile into crm.yaml: industries, regions, employees, needs as keywords, budget."
                ),
                "$EDITOR crm.yaml",
            ),
            Do(N_("Look which leads fit, and who of the present customers does."), "crm lead"),
            Do(
                N_("Choose the channels: exhibitions, forums and B2B portals, white papers and cases."),
                "crm add campaign name=... type=offline start_date=...",
            ),
        ),
        "R-002-02 R-002-03 R-002-04",
    ),
    Step(
        "record",
        "acquisition",
        N_("Record the customer properly"),
        N_("One sheet, complete and checked, before anybody works with it."),
        (
            Do(N_("Look whether it is there already: name, tax id, phone."), "crm find TEXT"),
            Do(
                N_(
                    "Enter it: full legal name as on the licence, tax id, industry by the national standard, address down to the street, contact with position and phone, source."
                ),
                "crm add customer NAME tax_id=... industry=... address=... contacts.0.name=... source=...",
            ),
            Do(
                N_("For a person's data write down the consent: who, when, how, for what."),
                "crm set ID consent.by=... consent.on=today consent.how=... consent.scope=...",
            ),
            Do(
                N_("Verify the key facts a second time, and say how."),
                "crm set ID verified.0.what=phone verified.0.by=... verified.0.on=today",
            ),
            Do(
                N_("File the licence and other documents under their names: company-document-year-month."),
                "files/公司-营业执照-2024-06.pdf",
            ),
            Do(
                N_("Hand it over for review; the supervisor has two working days, and it gets its number."),
                "crm submit ID",
            ),
            Do(N_("See what is missing or wrong."), "crm check"),
        ),
        "R-000-07 R-000-10 R-000-17 R-000-25 R-001-12 R-001-19",
    ),
    Step(
        "lead",
        "acquisition",
        N_("Grade the lead"),
        N_("A leads first: they fit the profile and need it soon."),
        (
            Do(
                N_("Note the source, the first contact, the company, the contact and the position."),
                "crm set ID source=... lead.first_contact_on=today contacts.0.job_title=...",
            ),
            Do(
                N_("See the grade with its points: match with the profile, urgency of the need."),
                "crm lead ID",
            ),
            Do(N_("Write it."), "crm lead ID --apply"),
        ),
        "R-002-05 R-002-06 R-002-07",
    ),
    Step(
        "contact",
        "acquisition",
        N_("First contact, and the decision to go on"),
        N_(
            "Within three days: phone, e-mail or visit, with an answer to a pain; promise nothing that cannot be kept."
        ),
        (
            Do(
                N_("Log the talk with what the customer said, doubts and the next step."),
                "crm log ID --channel phone --content ... --feedback ... --objection ... --next ... --by +7d",
            ),
            Do(
                N_("Note the direction of interest and the doubts."),
                "crm set ID lead.interests=... lead.doubts=...",
            ),
            Do(N_("Decide: deep follow-up with a need ..."), "crm stage ID intent needs.0.summary=..."),
            Do(N_("... or not, with the reason."), "crm stage ID lost churn.reason=..."),
        ),
        "R-002-08 R-002-09 R-002-10 R-004-10",
    ),
    Step(
        "needs",
        "follow_up",
        N_("Find out what the customer needs"),
        N_(
            "Questionnaire, talk on site or demonstration; explicit needs (functions, delivery) and implicit ones (partnership, own processes)."
        ),
        (
            Do(
                N_("Enter each need with kind, priority, budget, day, pains and goals."),
                "crm set ID needs.0.summary=... needs.0.kind=explicit needs.0.priority=high needs.0.budget=50-80万 needs.0.by=... needs.0.pains=... needs.0.goals=...",
            ),
            Do(
                N_("Know who decides: role and concerns of each contact."),
                "crm set ID contacts.0.role=decision_maker contacts.0.concerns=...",
            ),
            Do(
                N_("Make the needs analysis: needs ranked, pains and goals are filled in."),
                "crm add plan ID template=analysis",
            ),
        ),
        "R-002-12 R-002-13 R-002-14 R-002-15 R-001-15",
    ),
    Step(
        "solution",
        "follow_up",
        N_("Propose a solution"),
        N_(
            "With the product and technical team: service, quotation, delivery, after-sales; and why we: technology, cases."
        ),
        (
            Do(
                N_("Open the opportunity with amount and expected close."),
                "crm add opportunity ID name=... amount=... close_date=... source=...",
            ),
            Do(
                N_("Draft the solution."),
                "crm add plan ID template=solution sections.quotation=... sections.differentiation=...",
            ),
            Do(
                N_(
                    "Confirm it with the decision maker; each round of changes is a new version, the old one stays."
                ),
                "crm add plan ID purpose=solution sections.quotation=...",
            ),
            Do(
                N_("Move the opportunity on, with a goal and a day."),
                "crm stage DEAL proposal --goal ... --by +2w",
            ),
        ),
        "R-002-16 R-002-17 R-002-18 R-003-09 R-003-12",
    ),
    Step(
        "rhythm",
        "follow_up",
        N_("Keep in touch"),
        N_("A call a week, a synchronisation a month; news of the industry and success cases in between."),
        (
            Do(
                N_("Plan the next contact with its reason; important ones in writing and by voice."),
                "crm plan ID --due +7d --reason ...",
            ),
            Do(
                N_("Log every contact: feedback, changed needs, next step. Everybody sees it at once."),
                "crm log ID --channel ... --content ... --feedback ... --need ... --next ... --by ...",
            ),
            Do(N_("Set a rhythm of its own where the customer wants one."), "crm set ID rhythm=monthly"),
            Do(
                N_("A changed need is entered within a day, changed contact data within 24 hours."),
                "crm set ID needs.0...=...",
            ),
        ),
        "R-002-19 R-002-20 R-002-21 R-002-22 R-004-11 R-004-16 R-004-17 R-001-28 R-001-29",
    ),
    Step(
        "contract",
        "conversion",
        N_("Negotiate and sign"),
        N_(
            "Price, payment, liability, rights and duties; no vague words: a day or a number of working days."
        ),
        (
            Do(N_("Move to the negotiation, note competitors and discount."), "crm stage DEAL negotiation"),
            Do(
                N_("Enter the contract; vague terms are named."),
                "crm add contract ID number=... amount=... start_date=... end_date=... terms=... payment_terms=...",
            ),
            Do(N_("Legal reviews it: data security, intellectual property."), "crm submit CONTRACT"),
            Do(
                N_("Signed and sealed by the authorised person: who and when."),
                "crm set CONTRACT signatory=... signed_on=today status=in_force",
            ),
            Do(N_("Won, with amount and effective date."), "crm stage DEAL won amount=... start_date=..."),
        ),
        "R-002-23 R-002-24 R-002-25 R-002-26 R-001-30",
    ),
    Step(
        "kickoff",
        "conversion",
        N_("Start the project"),
        N_(
            "A team with a sales lead, an implementation manager and a service representative; both sides know what they supply."
        ),
        (
            Do(
                N_(
                    "Make the kick-off list: team, milestones with standards, what the customer supplies (data, interfaces)."
                ),
                "crm add plan ID template=kickoff",
            ),
            Do(
                N_("Enter the order with its lines, delivery date and instalments."),
                "crm add order ID number=... ordered_on=today items.0.product=... items.0.quantity=... items.0.unit_price=... delivery_date=...",
            ),
            Do(N_("Tick the steps off as they are done."), "crm done ROW"),
        ),
        "R-002-27 R-002-28 R-002-29 R-003-26 R-003-30",
    ),
    Step(
        "acceptance",
        "conversion",
        N_("Deliver, accept, hand over"),
        N_("As the contract says; what the customer finds is put right until it passes."),
        (
            Do(N_("Follow the delivery."), "crm set ORDER status=delivered delivered_on=today"),
            Do(
                N_("Criteria, test environment and opinions of the acceptance, and the day it passed."),
                "crm set PLAN acceptance.opinions=... acceptance.passed_on=today",
            ),
            Do(
                N_("Hand over to customer success: history, background, goals are filled in."),
                "crm add plan ID template=handover",
            ),
            Do(N_("Name the success manager."), "crm set ID success_manager=..."),
        ),
        "R-002-30 R-002-31 R-003-28",
    ),
    Step(
        "complaint",
        "maintenance",
        N_("Answer complaints"),
        N_("Two hours to the first answer, a solution within 24, a call back within 72."),
        (
            Do(
                N_("Enter it at once; solved cases like it are shown."),
                "crm add feedback ID type=complaint about=product content=... priority=high",
            ),
            Do(N_("First answer, solution, call back: answer the rows as they fall due."), "crm done ROW"),
            Do(
                N_("Write the solution so that the next one finds it, and how satisfied the customer is."),
                "crm set FEEDBACK solution=... satisfaction=5 status=resolved",
            ),
        ),
        "R-004-12 R-004-13 R-004-14 R-001-05 R-001-08",
    ),
    Step(
        "service",
        "maintenance",
        N_("Ask how the service is"),
        N_("Every quarter: speed, solving, attitude, each from 1 to 5; low marks get a plan."),
        (
            Do(
                N_("Enter the survey."),
                "crm add survey ID on=today scores.response=4 scores.solving=5 scores.attitude=5",
            ),
            Do(N_("After a low mark make the improvement plan."), "crm add plan ID template=improvement"),
            Do(
                N_("Note how the product is used; a falling use is warned of."),
                "crm set ID usage.0.on=today usage.0.logins=...",
            ),
        ),
        "R-002-32 R-002-33 R-002-34 R-002-35 R-002-36",
    ),
    Step(
        "tier",
        "maintenance",
        N_("Levels and care"),
        N_("VIP have a success manager and an answer at any hour; everybody hears from us at his time."),
        (
            Do(N_("See whose level should change, with the figures."), "crm tier"),
            Do(N_("Take a proposal, or keep the level with the reason."), "crm tier ID --apply"),
            Do(
                N_(
                    "High-value customers every month, birthdays three days before, festivals, contracts 30 days before their end."
                ),
                "crm due tier:A --within 30d",
            ),
        ),
        "R-002-39 R-002-40 R-003-69 R-000-43 R-004-03 R-004-04 R-004-08",
    ),
    Step(
        "growth",
        "maintenance",
        N_("Sell more to those we have"),
        N_("Upgrades, training, the whole solution instead of one module; salons and meetings."),
        (
            Do(
                N_("Hold an event and note who came and what came of it."),
                "crm set CAMPAIGN participants+=ID:...",
            ),
            Do(N_("Open the follow-on opportunity."), "crm add opportunity ID name=... source=existing"),
            Do(
                N_("Renew in time; the new contract names the old one."),
                "crm add contract ID number=... start_date=... renews=OLD",
            ),
            Do(N_("Bought again: loyal."), "crm stage ID loyal"),
        ),
        "R-002-37 R-002-38 R-003-96",
    ),
    Step(
        "health",
        "recovery",
        N_("Notice the danger"),
        N_("Below 70 points something is wrong: orders, complaints or contact."),
        (
            Do(N_("Who warns, and by what."), "crm health"),
            Do(
                N_("Find the cause: a competitor, service below expectation, a reorganisation."),
                "crm health ID --apply --cause competitor",
            ),
        ),
        "R-002-41 R-002-42 R-002-43 R-002-44",
    ),
    Step(
        "winback",
        "recovery",
        N_("Win them back"),
        N_(
            "High value: the sales lead, 30 days, price, service, a visit of the management. All others: customer success talks."
        ),
        (
            Do(N_("High-value customers and high risks."), "crm add plan ID template=recovery"),
            Do(
                N_("Medium and low risks: talk, note the reason, mend the process."),
                "crm add plan ID template=care",
            ),
            Do(N_("Sleeping customers are woken every two weeks."), "crm due status:dormant"),
            Do(N_("Well again: the risk goes."), "crm health ID --apply"),
        ),
        "R-002-45 R-002-46 R-002-47 R-000-44",
    ),
    Step(
        "churn",
        "recovery",
        N_("Learn from what was lost"),
        N_("Ask for the reason within two weeks, write down what was learnt."),
        (
            Do(N_("Lost, with the reason."), "crm stage ID lost churn.reason=... churn.cause=..."),
            Do(N_("Review it in the team."), "crm add plan ID template=churn_review"),
            Do(N_("What do we do otherwise from now on?"), "crm set ID churn.lessons=..."),
        ),
        "R-002-48 R-001-37",
    ),
    Step(
        "day",
        "always",
        N_("The day"),
        N_("Begin with what is due, end with nothing undone unseen."),
        (
            Do(N_("What is due, overdue first, and why."), "crm due"),
            Do(N_("Read the customer's page before the call."), "crm show ID"),
            Do(N_("The reminder card, for whoever goes there."), "crm card ID"),
            Do(
                N_("Done, with what was said and the next step; late ones with the reason."),
                "crm done ROW --channel ... --content ... --next ... --by ...",
            ),
            Do(N_("Not today: another day, and why."), "crm snooze ROW DATE --why ..."),
        ),
        "R-000-62 R-004-19 R-004-45 R-004-47",
    ),
    Step(
        "week",
        "always",
        N_("The week, the month, the quarter"),
        N_("What was kept and what was not is looked at together."),
        (
            Do(N_("Fridays: what was kept, late and why."), "crm report weekly"),
            Do(N_("At the month's end: is the data complete?"), "crm check"),
            Do(
                N_("At the quarter's end: every owner looks through the status of his customers."),
                "crm list customer owner:me",
            ),
        ),
        "R-004-26 R-001-33 R-000-22 R-004-52",
    ),
)
