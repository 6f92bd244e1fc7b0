namespace Tda.Scoring.Gradients;

/// <summary>
/// One tracked layer in a captured batch: what its gradient is a sum of, one outer product for each position, without the gradient itself.
/// <list type="bullet">
/// <item>A linear layer, the LM head among them: <c>G_b = Σ_t s_t a_tᵀ</c>.</item>
/// <item>The token embedding, whose input is one-hot: the row of token <c>i</c> is <c>Σ_{t: id_t = i} z_tᵀ</c>, z the gradient at the
/// embedding's output. A one-hot matrix is never formed.</item>
/// <item>A tied matrix, which is one parameter used twice: the sum of both.</item>
/// </list>
/// Tensors belong to the batch; results to the caller's dispose scope.
/// </summary>
public sealed class CapturedLayer
{
    private CapturedLayer(ModuleShape shape, Tensor? activations, Tensor? outputGradients, Tensor? tokens, Tensor? tokenGradients) =>
        (Shape, Activations, OutputGradients, Tokens, TokenGradients) = (shape, activations, outputGradients, tokens, tokenGradients);

    /// <summary>The layer.</summary>
    public ModuleShape Shape { get; }

    /// <summary>a, (B, T, columns); null of an embedding.</summary>
    public Tensor? Activations { get; }

    /// <summary>s, (B, T, out); null of an embedding.</summary>
    public Tensor? OutputGradients { get; }

    /// <summary>Token ids, (B, T) int64; null but of an embedding or a tied matrix.</summary>
    public Tensor? Tokens { get; }

    /// <summary>z, (B, T, columns), zero at the padding; null but of an embedding or a tied matrix.</summary>
    public Tensor? TokenGradients { get; }

    /// <summary>All that is held.</summary>
    internal IEnumerable<Tensor> Tensors => ((Tensor?[])[Activations, OutputGradients, Tokens, TokenGradients]).OfType<Tensor>();

    private Tensor Any => OutputGradients ?? TokenGradients!;

    /// <summary>Layers from what was captured at their taps; see <see cref="ForwardCapture.Taps"/>.</summary>
    /// <param name="modules">The modules, in order.</param>
    /// <param name="activations">By tap: a, or token ids.</param>
    /// <param name="outputGradients">By tap: the gradient at its output.</param>
    public static CapturedLayer[] Of(
        IReadOnlyList<ModuleShape> modules, IReadOnlyList<Tensor> activations, IReadOnlyList<Tensor> outputGradients)
    {
        var tap = 0;
        return [.. modules.Select(module =>
        {
            var at = tap;
            tap += module.Taps;
            return module.Role switch
            {
                LayerRole.Embedding => new CapturedLayer(module, null, null, activations[at], outputGradients[at]),
                LayerRole.Tied => new(module, activations[at], outputGradients[at], activations[at + 1], outputGradients[at + 1]),
                _ => new(module, activations[at], outputGradients[at], null, null),
            };
        })];
    }

    /// <summary>How far each tap's output moves when the weights move: <c>V a_t</c>, or the row of V that a token has; (B, T, out) by tap.</summary>
    /// <param name="modules">The modules, in order.</param>
    /// <param name="activations">By tap: a, or token ids.</param>
    /// <param name="direction">V of a module, (out, columns).</param>
    internal static Tensor[] Moved(IReadOnlyList<ModuleShape> modules, IReadOnlyList<Tensor> activations, Func<int, Tensor> direction) =>
        [.. modules.SelectMany((module, m) => Enumerable.Repeat(m, module.Taps)).Zip(activations, (m, a) =>
            a.dtype == ScalarType.Int64 ? RowsOf(direction(m), a) : a.matmul(direction(m).transpose(0, 1)))];

    /// <summary>The outer products' left sides times a matrix: (out, k) to (B, T', k). T' is T, and 2T of a tied matrix.</summary>
    public Tensor Rows(Tensor matrix) => Both(OutputGradients?.matmul(matrix), Tokens is null ? null : RowsOf(matrix, Tokens));

    /// <summary>Their right sides times a matrix: (columns, k) to (B, T', k), position by position those of <see cref="Rows"/>.</summary>
    public Tensor Columns(Tensor matrix) => Both(Activations?.matmul(matrix), TokenGradients?.matmul(matrix));

    /// <summary>The same layer in other coordinates of its columns: a and z times (columns, columns).</summary>
    internal CapturedLayer Rotated(Tensor columns) =>
        new(Shape, Activations?.matmul(columns), OutputGradients, Tokens, TokenGradients?.matmul(columns));

    /// <summary>Some of the rows.</summary>
    public CapturedLayer Narrow(int first, int count) => With(t => t.narrow(0, first, count));

    /// <summary>Some of the rows, by their ordinals (n) int64.</summary>
    public CapturedLayer Select(Tensor rows) => With(t => t.index_select(0, rows));

    /// <summary>G_b of every row: (B, out, columns).</summary>
    public Tensor Gradients()
    {
        var dense = OutputGradients is null ? null : PerExample.Gradients(OutputGradients, Activations!);
        if (Tokens is null)
        {
            return dense!;
        }

        var batch = Tokens.shape[0];
        var first = arange(batch, ScalarType.Int64, Tokens.device).mul(Shape.Outputs).unsqueeze(1);
        var sums = dense?.reshape(-1, Shape.Columns) ?? zeros([batch * Shape.Outputs, Shape.Columns], Any.dtype, Any.device);
        return sums.index_add_(0, Tokens.add(first).flatten(), TokenGradients!.flatten(0, 1), 1).view(batch, Shape.Outputs, Shape.Columns);
    }

    /// <summary>Some of the weight's rows in G_b of every row: (B, count, columns).</summary>
    public Tensor Gradients(int first, int count)
    {
        var dense = OutputGradients is null ? null : PerExample.Gradients(OutputGradients.narrow(2, first, count), Activations!);
        if (Tokens is null)
        {
            return dense!;
        }

        // Tokens outside of the range go to one row more, which is cut off again.
        var rows = Tokens.sub(first);
        rows = rows.masked_fill(rows.lt(0).logical_or(rows.ge(count)), count);
        var starts = arange(Tokens.shape[0], ScalarType.Int64, Tokens.device).mul(count + 1).unsqueeze(1);
        var sums = zeros([Tokens.shape[0] * (count + 1), Shape.Columns], Any.dtype, Any.device)
            .index_add_(0, rows.add(starts).flatten(), TokenGradients!.flatten(0, 1), 1).view(-1, count + 1, Shape.Columns).narrow(1, 0, count);
        return dense?.add(sums) ?? sums;
    }

    /// <summary><see cref="Gradients()"/> in chunks of rows, so that a wide layer's gradients fit in memory: first row, (b, out, columns).</summary>
    public void ForChunks(long elements, Action<int, Tensor> visit)
    {
        var batch = (int)Any.shape[0];
        var size = (int)Math.Clamp(elements / Shape.Elements, 1, batch);
        for (var first = 0; first < batch; first += size)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(size, batch - first);
            visit(first, (count == batch ? this : Narrow(first, count)).Gradients());
        }
    }

    /// <summary>Σ_b G_b: (out, columns), without a gradient for each row.</summary>
    public Tensor Sum()
    {
        var dense = OutputGradients?.flatten(0, 1).transpose(0, 1).matmul(Activations!.flatten(0, 1));
        return Tokens is null
            ? dense!
            : (dense ?? zeros([Shape.Outputs, Shape.Columns], Any.dtype, Any.device)).index_add_(0, Tokens.flatten(), TokenGradients!.flatten(0, 1), 1);
    }

    /// <summary>
    /// <c>⟨V, G⟩</c> position by position, (B, T), V (out, columns): <c>(s_t V)·a_t</c>, and <c>V_{id_t}·z_t</c>. No gradient is formed; differentiable
    /// in s and z.
    /// </summary>
    public Tensor ByPosition(Tensor direction)
    {
        var dense = OutputGradients?.matmul(direction).mul(Activations!).sum([2L]);
        var rows = Tokens is null ? null : RowsOf(direction, Tokens).mul(TokenGradients!).sum([2L]);
        return dense is null ? rows! : rows is null ? dense : dense.add(rows);
    }

    /// <summary><c>⟨V_q, G_b⟩</c>: (Q, out, columns) to (B, Q).</summary>
    /// <param name="directions">V.</param>
    /// <param name="chunkElements">Elements of gradients, or of directions' rows, that are formed at a time.</param>
    public Tensor Dot(Tensor directions, long chunkElements)
    {
        var count = (int)directions.shape[0];
        // For one direction (s V)·a needs no gradient for each row; from two on, forming it once is cheaper.
        if (count == 1)
        {
            return ByPosition(directions.select(0, 0)).sum([1L]).unsqueeze(1);
        }

        var parts = new List<Tensor>();
        if (OutputGradients is not null)
        {
            var flat = directions.flatten(1).transpose(0, 1);
            PerExample.ForChunks(
                OutputGradients, Activations!, chunkElements, (_, g) => parts.Add(g.flatten(1).matmul(flat).MoveToOuterDisposeScope()));
        }

        var dense = parts.Count == 0 ? null : cat([.. parts], 0);
        if (Tokens is null)
        {
            return dense!;
        }

        // Few of an embedding's rows have a gradient: only those of V are looked at, some directions at a time.
        var (ids, z) = (Tokens.flatten(), TokenGradients!.flatten(0, 1).unsqueeze(0));
        var size = (int)Math.Clamp(chunkElements / Math.Max(1, z.numel()), 1, count);
        var rows = cat([.. Enumerable.Range(0, (count + size - 1) / size).Select(chunk =>
        {
            using var scope = NewDisposeScope();
            var some = directions.narrow(0, (long)chunk * size, Math.Min(size, count - ((long)chunk * size))).index_select(1, ids); // (q, B·T, columns)
            return some.mul_(z).sum([2L]).view(some.shape[0], Tokens.shape[0], -1).sum([2L]).MoveToOuterDisposeScope();
        })], 0).transpose(0, 1);
        return dense?.add(rows) ?? rows;
    }

    private CapturedLayer With(Func<Tensor, Tensor> change) => new(
        Shape, Activations is null ? null : change(Activations), OutputGradients is null ? null : change(OutputGradients),
        Tokens is null ? null : change(Tokens), TokenGradients is null ? null : change(TokenGradients));

    private static Tensor RowsOf(Tensor matrix, Tensor tokens) => matrix.index_select(0, tokens.flatten()).view([.. tokens.shape, matrix.shape[1]]);

    private static Tensor Both(Tensor? dense, Tensor? rows) => dense is null ? rows! : rows is null ? dense : cat([dense, rows], 1);
}
