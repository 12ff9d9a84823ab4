# %% [markdown]
# # How heavy is a penguin?
#
# Palmer penguins, the raw field data (Gorman, Williams and Fraser 2014, CC0): 344 birds as they
# were written down, with missing values, units in column names and free-text comments.

# %%
# Read the raw survey file
import pandas as pd

raw = pd.read_csv("data/penguins_raw.csv")
raw.head()

# %%
# What is missing, and where?
missing = raw.isna().sum()
missing[missing > 0].sort_values(ascending=False)

# %%
# Tidy: units out of the names, short species names, real dates
penguins = raw.rename(columns=lambda name: name.split(" (")[0].strip().lower().replace(" ", "_"))
penguins["species"] = penguins["species"].str.split().str[0]
penguins["date_egg"] = pd.to_datetime(penguins["date_egg"])
penguins["sex"] = penguins["sex"].str.lower()
print(
    f"{len(penguins)} birds, {penguins['individual_id'].nunique()} ids,",
    f"{penguins['date_egg'].min():%Y} to {penguins['date_egg'].max():%Y}",
)

# %%
# Mean body mass by species and sex
penguins.groupby(["species", "sex"])["body_mass_g"].mean()

# %%
# The unit went with the name: the column is body_mass, in grams
mass = penguins.groupby(["species", "sex"])["body_mass"].agg(["mean", "count"]).round(0)
mass

# %%
# Are the birds that the comments warn about any different?
doubtful = penguins["comments"].fillna("").str.contains("full clutch")
sdk.emit_sync(
    act="KNOW",
    kind="survey.check.finding",
    body={
        "summary": f"{doubtful.sum()} birds had no full clutch; their mean mass is "
        f"{penguins.loc[doubtful, 'body_mass'].mean():.0f} g, that of the others "
        f"{penguins.loc[~doubtful, 'body_mass'].mean():.0f} g",
    },
)
doubtful.value_counts()

# %%
# Heavier birds have longer flippers: how much so, in each species?
import matplotlib.pyplot as plt
import numpy as np

measured = penguins.dropna(subset=["flipper_length", "body_mass"])
figure, axes = plt.subplots(figsize=(6, 4))
slopes = {}
for species, group in measured.groupby("species"):
    slope, offset = np.polyfit(group["flipper_length"], group["body_mass"], 1)
    slopes[species] = round(float(slope), 1)
    axes.scatter(group["flipper_length"], group["body_mass"], s=12, label=species)
    ends = np.array([group["flipper_length"].min(), group["flipper_length"].max()])
    axes.plot(ends, slope * ends + offset)
axes.set(xlabel="flipper length (mm)", ylabel="body mass (g)")
axes.legend()
plt.show()
slopes

# %%
# Close the thread with what was found
heaviest = mass["mean"].idxmax()
thread.fulfil(
    f"{heaviest[0]} {heaviest[1]}s are heaviest, {mass['mean'].max():.0f} g on average; "
    f"a millimetre of flipper goes with {min(slopes.values())} to {max(slopes.values())} g"
).success
