using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Evaluation.Grading;

/// <summary>One model that scores a bank's documents.</summary>
/// <param name="Context">The model with the bank's documents, in the bank's order.</param>
/// <param name="Queries">The bank's queries as its tokenizer has them, in the bank's order.</param>
public sealed record GradedMember(InfluenceContext Context, IRowSource Queries);
