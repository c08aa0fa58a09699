"""Hong Kong's registers, simulated over real HTTP in a process of their own.

`python -m corpid.demonstration.registers --port 8801 [--data world.json] [--token SECRET]`

The world is a JSON document `{"companies": [...]}`; `default.json` beside this file is a small
one. A company has, with dates as YYYY-MM-DD and money as text:

    ubi                     8 characters; `register` says where it is kept: local (Cap. 622),
                            foreign (non-Hong Kong company) or business (Cap. 310 only)
    status                  live, struck_off, amalgamated, winding_up, ...
    name_en, name_tc        either may be null
    company_type, incorporated_on, place_of_incorporation, redomiciled_on, registered_office
    officers                [{name_en, name_tc, capacity, kind: person|company, ubi,
                              identity_number, residential_address, appointed_on, ceased_on}]
    share_capital           {currency, issued_shares, issued, paid_up} or null
    members                 [{name_en, name_tc, shares}]
    charges                 [{description, created_on, chargee}]
    business_registration   {name_en, name_tc, nature, commenced_on, status,
                              branches: [{branch, address, certificate_number, expires_on}]}
    licences                [{number, kind, department, premises_name, premises_address,
                              issued_on, expires_on, status}]

Only `ubi` and `register` must be there. What is asked over HTTP:

    GET /cr/api/api/v1/api_builder/json/{local|foreign}/search?query[0][key1]=Brn&...
                            Companies Registry, open data: only live companies, dates
                            DD-MM-YYYY, the text "NULL", errors as {"status": 400, ...} in an
                            answer of 200
    GET /cr-officers/v1/companies/{ubi}                    officers, capital, members, charges *
    GET /ird/business-registration/v1/businesses/{ubi}     Inland Revenue *
    GET /licensing/v1/licences?ubi=                        licensing departments *
    GET /changes?since=0    what changed, as a feed *
    POST, GET, DELETE /faults   {register, ubi: "..."|"*", fault, seconds?, times?}
    POST /events            {kind, ubi, ...}: the world moves; GET lists the kinds
    * with `Authorization: Bearer SECRET`
"""
