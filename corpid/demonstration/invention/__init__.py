"""An invented Hong Kong: companies, persons and addresses, the same at every run.

Pure: nothing here knows a database. Nobody in it is real; a likeness is an accident.

1. `draws` chooses, from a fixed seed.
2. `words` is what names and addresses are made of.
3. `facts` says what a company or a person consists of.
4. `cast` writes out the persons and companies that pages, tests and guides speak of.
5. `world` invents the rest around them.
"""
