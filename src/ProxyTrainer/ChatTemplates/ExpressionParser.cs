namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// Reads expressions with Jinja's precedence, loosest first: condition, <c>or</c>, <c>and</c>, <c>not</c>, comparisons, <c>+ -</c>,
/// <c>~</c>, <c>* / // %</c>, sign; members, calls, filters and tests bind closest. Filters, tests, functions and methods that aren't known are refused here.
/// </summary>
internal sealed class ExpressionParser(TemplateParser parser)
{
    /// <summary>An expression as it stands in output and conditions.</summary>
    public TemplateExpression Whole() => parser.Nested(() => Condition(withCondition: true));

    /// <summary>The same without <c>a if b else c</c>: what a loop runs over, whose <c>if</c> is the loop's.</summary>
    public TemplateExpression WithoutCondition() => Condition(withCondition: false);

    private TemplateExpression Condition(bool withCondition)
    {
        var place = parser.Current.Place;
        var value = Or();
        while (withCondition && parser.Take(TokenKind.Name, "if"))
        {
            var condition = Or();
            var otherwise = parser.Take(TokenKind.Name, "else") ? Whole() : null;
            value = new ConditionalExpression(condition, value, otherwise, place);
        }

        return value;
    }

    private TemplateExpression Or()
    {
        var left = And();
        while (parser.Current.Is(TokenKind.Name, "or"))
        {
            left = new LogicalExpression(IsOr: true, left, Then(And), left.Place);
        }

        return left;
    }

    private TemplateExpression And()
    {
        var left = Not();
        while (parser.Current.Is(TokenKind.Name, "and"))
        {
            left = new LogicalExpression(IsOr: false, left, Then(Not), left.Place);
        }

        return left;
    }

    private TemplateExpression Not()
    {
        var place = parser.Current.Place;
        var negated = 0;
        while (parser.Take(TokenKind.Name, "not"))
        {
            negated++;
        }

        var value = Comparison();
        for (; negated > 0; negated--)
        {
            value = new NotExpression(value, place);
        }

        return value;
    }

    private TemplateExpression Comparison()
    {
        var first = Sum();
        var rest = new List<(string Operator, TemplateExpression Right)>();
        while (true)
        {
            var token = parser.Current;
            if (token.Kind == TokenKind.Operator && token.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
            {
                rest.Add((parser.Next().Text, Sum()));
            }
            else if (parser.Take(TokenKind.Name, "in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (token.Is(TokenKind.Name, "not"))
            {
                parser.Next();
                parser.Expect(TokenKind.Name, "in");
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new ComparisonExpression(first, rest, first.Place);
            }
        }
    }

    private TemplateExpression Sum() => Binary(Joined, "+", "-");

    private TemplateExpression Joined() => Binary(Product, "~");

    private TemplateExpression Product() => Binary(() => Signed(), "*", "/", "//", "%");

    private TemplateExpression Binary(Func<TemplateExpression> operand, params string[] operators)
    {
        var left = operand();
        while (parser.Current.Kind == TokenKind.Operator && operators.Contains(parser.Current.Text))
        {
            var token = parser.Next();
            left = new BinaryExpression(token.Text, left, operand(), token.Place);
        }

        return left;
    }

    private TemplateExpression Signed(bool withFilters = true)
    {
        var place = parser.Current.Place;
        if (parser.Take(TokenKind.Operator, "-"))
        {
            var negated = new BinaryExpression("-", new LiteralExpression(0L, place), parser.Nested(() => Signed(withFilters: false)), place);
            return withFilters ? Filtered(negated) : negated;
        }

        var value = Postfix(Primary());
        return withFilters ? Filtered(value) : value;
    }

    private TemplateExpression Primary()
    {
        var token = parser.Next();
        switch (token.Kind)
        {
            case TokenKind.String:
                var text = token.Text;
                while (parser.Current.Kind == TokenKind.String)
                {
                    text += parser.Next().Text;
                }

                return new LiteralExpression(text, token.Place);
            case TokenKind.Number:
                return new LiteralExpression(
                    token.Text.Contains('.', StringComparison.Ordinal) ? (object)double.Parse(token.Text, CultureInfo.InvariantCulture)
                        : long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole) ? whole : throw parser.Unsupported(token),
                    token.Place);
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(true, token.Place),
                    "false" or "False" => new LiteralExpression(false, token.Place),
                    "none" or "None" => new LiteralExpression(null, token.Place),
                    "and" or "or" or "not" or "in" or "is" or "if" or "else" => throw parser.Unsupported(token),
                    _ => new NameExpression(token.Text, token.Place),
                };
            case TokenKind.Operator when token.Text == "(":
                var items = Items(")");
                return items.Trailing || items.Values.Count != 1 ? new ListExpression(items.Values, token.Place) : items.Values[0];
            case TokenKind.Operator when token.Text == "[":
                return new ListExpression(Items("]").Values, token.Place);
            case TokenKind.Operator when token.Text == "{":
                return Map(token);
            default:
                throw parser.Unsupported(token);
        }
    }

    private (List<TemplateExpression> Values, bool Trailing) Items(string end)
    {
        var values = new List<TemplateExpression>();
        var trailing = false;
        while (!parser.Take(TokenKind.Operator, end))
        {
            values.Add(Whole());
            trailing = parser.Take(TokenKind.Operator, ",");
            if (!trailing)
            {
                parser.Expect(TokenKind.Operator, end);
                break;
            }
        }

        return (values, trailing);
    }

    private MapExpression Map(TemplateToken open)
    {
        var members = new List<(TemplateExpression, TemplateExpression)>();
        while (!parser.Take(TokenKind.Operator, "}"))
        {
            var key = Whole();
            parser.Expect(TokenKind.Operator, ":");
            members.Add((key, Whole()));
            if (!parser.Take(TokenKind.Operator, ","))
            {
                parser.Expect(TokenKind.Operator, "}");
                break;
            }
        }

        return new(members, open.Place);
    }

    private TemplateExpression Postfix(TemplateExpression value)
    {
        while (true)
        {
            var place = parser.Current.Place;
            if (parser.Take(TokenKind.Operator, "."))
            {
                value = new MemberExpression(value, new LiteralExpression(parser.Expect(TokenKind.Name).Text, place), place);
            }
            else if (parser.Take(TokenKind.Operator, "["))
            {
                value = Subscript(value, place);
            }
            else if (parser.Take(TokenKind.Operator, "("))
            {
                value = Call(value, Arguments(), place);
            }
            else
            {
                return value;
            }
        }
    }

    private TemplateExpression Subscript(TemplateExpression value, TemplatePlace place)
    {
        var bounds = new TemplateExpression?[3];
        var colons = 0;
        while (!parser.Take(TokenKind.Operator, "]"))
        {
            if (parser.Take(TokenKind.Operator, ":"))
            {
                colons = colons < 2 ? colons + 1 : throw new TemplateException("a slice has at most three parts", place);
            }
            else
            {
                bounds[colons] = bounds[colons] is null ? Whole() : throw parser.Unsupported(parser.Current);
            }
        }

        return colons > 0 ? new SliceExpression(value, bounds[0], bounds[1], bounds[2], place)
            : new MemberExpression(value, bounds[0] ?? throw new TemplateException("an index is missing", place), place);
    }

    private CallExpression Call(TemplateExpression callee, TemplateArguments arguments, TemplatePlace place)
    {
        switch (callee)
        {
            case NameExpression name:
                return TemplateFunctions.Knows(name.Name) || parser.HasMacro(name.Name)
                    ? new(null, name.Name, arguments, place)
                    : throw new TemplateException($"the function \"{name.Name}\" is not supported", name.Place);
            case MemberExpression { Key: LiteralExpression { Value: string method } } member:
                return TemplateMethods.Knows(method)
                    ? new(member.Of, method, arguments, place)
                    : throw new TemplateException($"the method \"{method}\" is not supported", member.Place);
            default:
                throw new TemplateException("a call of something without a name is not supported", place);
        }
    }

    private TemplateArguments Arguments()
    {
        var (values, named) = (new List<TemplateExpression>(), new List<(string, TemplateExpression)>());
        while (!parser.Take(TokenKind.Operator, ")"))
        {
            var token = parser.Current;
            var value = Whole();
            if (value is NameExpression { Name: var name } && parser.Take(TokenKind.Operator, "="))
            {
                named.Add((name, Whole()));
            }
            else
            {
                values.Add(named.Count == 0 ? value : throw parser.Unsupported(token));
            }

            if (!parser.Take(TokenKind.Operator, ","))
            {
                parser.Expect(TokenKind.Operator, ")");
                break;
            }
        }

        return new(values, named);
    }

    private TemplateExpression Filtered(TemplateExpression value)
    {
        while (true)
        {
            var place = parser.Current.Place;
            if (parser.Take(TokenKind.Operator, "|"))
            {
                var name = parser.Expect(TokenKind.Name);
                var arguments = parser.Take(TokenKind.Operator, "(") ? Arguments() : TemplateArguments.None;
                value = TemplateFilters.Knows(name.Text)
                    ? new FilterExpression(value, name.Text, arguments, name.Place)
                    : throw new TemplateException($"the filter \"{name.Text}\" is not supported", name.Place);
            }
            else if (parser.Take(TokenKind.Name, "is"))
            {
                value = Test(value, place);
            }
            else
            {
                return value;
            }
        }
    }

    private TemplateExpression Test(TemplateExpression value, TemplatePlace place)
    {
        var negated = parser.Take(TokenKind.Name, "not");
        var name = parser.Next();
        if (name.Kind != TokenKind.Name || !TemplateTests.Knows(name.Text))
        {
            throw new TemplateException($"the test \"{name.Text}\" is not supported", name.Place);
        }

        var arguments = parser.Take(TokenKind.Operator, "(") ? Arguments()
            : BeginsArgument(parser.Current) ? new TemplateArguments([Postfix(Primary())], [])
            : TemplateArguments.None;
        TemplateExpression test = new TestExpression(value, name.Text, arguments, name.Place);
        return negated ? new NotExpression(test, place) : test;
    }

    private static bool BeginsArgument(TemplateToken token) => token.Kind switch
    {
        TokenKind.String or TokenKind.Number => true,
        TokenKind.Operator => token.Text is "[" or "{",
        TokenKind.Name => token.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"),
        _ => false,
    };

    private TemplateExpression Then(Func<TemplateExpression> operand)
    {
        parser.Next();
        return operand();
    }
}
