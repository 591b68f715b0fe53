/// The peer's schema and data, comparable to what a task and a process are: one organization of 20 people, MEMBERS only.
/// PocketBase runs this as a migration. ROWS and PASSWORD are replaced by bench/targets.py.
migrate((app) => {
    const users = app.findCollectionByNameOrId("users")
    const people = []
    for (let i = 0; i < 20; i++) {
        const one = new Record(users)
        one.set("email", `member${i}@example.com`)
        one.set("verified", true)
        one.setPassword("PASSWORD")
        app.save(one)
        people.push(one.id)
    }
    const organizations = new Collection({
        type: "base", name: "organizations",
        fields: [
            {name: "name", type: "text", required: true, max: 100},
            {name: "members", type: "relation", collectionId: users.id, maxSelect: 1000},
        ],
        listRule: "members.id ?= @request.auth.id", viewRule: "members.id ?= @request.auth.id",
    })
    app.save(organizations)
    const organization = new Record(organizations)
    organization.set("name", "Example")
    organization.set("members", people)
    app.save(organization)

    const rule = "@request.auth.id != '' && organization.members.id ?= @request.auth.id"
    const options = ["Option 1", "Option 2", "Option 3", "Option 4", "Option 5"]
    const answers = [
        {name: "answer_text", type: "text", max: 200},
        {name: "answer_choice", type: "select", values: options, maxSelect: 1},
        {name: "answer_date", type: "date"},
    ]
    const stamps = [
        {name: "created", type: "autodate", onCreate: true},
        {name: "updated", type: "autodate", onCreate: true, onUpdate: true},
    ]
    const rules = {listRule: rule, viewRule: rule, updateRule: rule}
    const processes = new Collection({
        type: "base", name: "processes", ...rules,
        fields: [
            {name: "organization", type: "relation", collectionId: organizations.id, required: true, maxSelect: 1},
            {name: "name", type: "text", required: true, max: 550},
            {name: "summary", type: "text", max: 60000},
            {name: "owner", type: "relation", collectionId: users.id, maxSelect: 1},
            ...answers, ...stamps,
        ],
    })
    app.save(processes)
    const tasks = new Collection({
        type: "base", name: "tasks", ...rules,
        fields: [
            {name: "organization", type: "relation", collectionId: organizations.id, required: true, maxSelect: 1},
            {name: "process", type: "relation", collectionId: processes.id, required: true, maxSelect: 1},
            {name: "title", type: "text", required: true, max: 600},
            {name: "deadline", type: "date"},
            {name: "owners", type: "json"},
            ...answers, ...stamps,
        ],
    })
    app.save(tasks)
    const listed = new Collection({
        type: "base", name: "listed", listRule: "assignee = @request.auth.id",
        fields: [
            {name: "organization", type: "relation", collectionId: organizations.id, required: true, maxSelect: 1},
            {name: "assignee", type: "relation", collectionId: users.id, maxSelect: 1},
            {name: "done", type: "bool"},
            {name: "title", type: "text", required: true, max: 600},
            {name: "deadline", type: "date"},
            {name: "owners", type: "json"},
            ...answers, ...stamps,
        ],
        indexes: ["CREATE INDEX ix_listed ON listed (assignee, done, created)"],
    })
    app.save(listed)
    let process = null
    for (let i = 0; i < ROWS; i++) {
        if (i % 20 === 0) {
            process = new Record(processes)
            process.set("organization", organization.id)
            process.set("name", `Process ${i / 20}`)
            process.set("owner", people[0])
            app.save(process)
        }
        const task = new Record(tasks)
        task.set("organization", organization.id)
        task.set("process", process.id)
        task.set("title", `Step ${i % 20}`)
        task.set("owners", {users: [people[0]]})
        app.save(task)
        const own = new Record(listed)
        own.set("organization", organization.id)
        own.set("assignee", people[0])
        own.set("title", `Step ${i % 20}`)
        own.set("deadline", new Date(Date.UTC(2027, 0, 1, i % 24, i % 60)).toISOString().replace("T", " "))
        own.set("owners", {users: [people[0]]})
        app.save(own)
    }
})
