namespace Tda.Lab.Harm;

/// <summary>
/// A text with its label, for training a classifier. It must stand in no candidate corpus, or the classifier would know the
/// answers.
/// </summary>
/// <param name="Text">A whole document; the trainer cuts it into pieces of about a completion's length.</param>
/// <param name="Harmful">Whether it is of the harmful kind.</param>
/// <param name="Kind">Where a benign text comes from, such as <c>ham</c>: false positives are counted for each kind.</param>
public sealed record LabelledText(string Text, bool Harmful, string Kind);
