namespace Tda.Cli.Demo.Steps;

/// <summary>A recipe with what it came to on the validation set.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Lab">Name of the retrained lab model.</param>
/// <param name="Measure">Measured on validation prompts and texts.</param>
public sealed record RecipeResult(Recipe Recipe, string Lab, ModelMeasure Measure);
